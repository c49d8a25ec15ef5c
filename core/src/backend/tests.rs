use super::*;
use crate::catalog::{Catalog, SHIPPED};

fn settings(url: &str) -> Settings {
    Settings {
        url: Setting::from(url.to_owned()),
        ..Settings::default()
    }
}

fn shipped() -> Catalog {
    Catalog::parse(SHIPPED).unwrap()
}

fn url(settings: &Settings) -> Result<String, NoBackend> {
    settings
        .target(&shipped().models[0], &[])
        .map(|target| target.url)
}

#[test]
fn a_base_url_is_taken_as_clients_take_it() {
    for base in [
        "https://api.example.com",
        "https://api.example.com/v1",
        "https://api.example.com/v1/",
    ] {
        assert_eq!(
            url(&settings(base)).unwrap(),
            "https://api.example.com/v1/chat/completions"
        );
    }
}

#[test]
fn outside_a_local_run_only_public_https_hosts_are_called() {
    for bad in [
        "http://api.example.com",
        "https://localhost",
        "https://10.0.0.1",
        "https://[::1]/v1",
        "https://0x7f.0x1",
        "https://2130706433",
        "https://a.internal",
        "https://metadata",
        "https://user@api.example.com",
        "ftp://api.example.com",
        "api.example.com",
        "https://api.example.com/v1?x=1",
        "https://",
        "https://printer.local.",
    ] {
        assert_eq!(
            url(&settings(bad)),
            Err(NoBackend::BadUrl("MODEL_BACKEND_URL")),
            "{bad}"
        );
    }
    let local = Settings {
        local: true,
        ..settings("http://127.0.0.1:11434/v1")
    };
    assert_eq!(
        url(&local).unwrap(),
        "http://127.0.0.1:11434/v1/chat/completions"
    );
}

#[test]
fn the_sandbox_stands_in_only_in_a_local_run_and_only_when_nothing_is_configured() {
    let catalog = shipped();
    let sandbox = Setting::from("http://127.0.0.1:8788".to_owned());
    let local = Settings {
        local: true,
        sandbox_url: sandbox,
        workers_ai: true,
        ..Settings::default()
    };
    for model in &catalog.models {
        assert_eq!(
            local.target(model, &[]).map(|target| target.name),
            Ok("sandbox")
        );
    }
    let deployed = Settings {
        local: false,
        ..local.clone()
    };
    let name = |settings: &Settings, id: &str| {
        settings
            .target(catalog.find(id).unwrap(), &[])
            .map(|target| target.name)
    };
    assert_eq!(name(&deployed, "meta-llm"), Ok("workers-ai"));
    assert_eq!(name(&deployed, "gpt-4o"), Err(NoBackend::NotConfigured));
    let configured = Settings {
        url: Setting::from("https://api.example.com".to_owned()),
        ..local
    };
    assert_eq!(name(&configured, "gpt-4o"), Ok("openai-compatible"));
}

#[test]
fn a_provider_with_a_key_or_a_url_answers_for_its_own_models() {
    let catalog = shipped();
    let set = |text: &str| Setting::from(text.to_owned());
    let settings = Settings {
        openai_key: set("sk-1"),
        anthropic_key: set("sk-2"),
        anthropic_url: set("https://proxy.example.com/anthropic"),
        ..settings("https://api.example.com")
    };
    let target = |id: &str| settings.target(catalog.find(id).unwrap(), &[]).unwrap();
    let gpt = target("gpt-4o");
    assert_eq!((gpt.name, gpt.dialect), ("openai", Dialect::Openai));
    assert_eq!(gpt.url, "https://api.openai.com/v1/chat/completions");
    assert_eq!(gpt.cap_field, "max_completion_tokens");
    assert_eq!(gpt.header_lines(), "authorization\nBearer sk-1");
    let claude = target("claude-haiku-4-5");
    assert_eq!(
        (claude.name, claude.dialect),
        ("anthropic", Dialect::Anthropic)
    );
    assert_eq!(
        claude.url,
        "https://proxy.example.com/anthropic/v1/messages"
    );
    assert_eq!(
        claude.header_lines(),
        "anthropic-version\n2023-06-01\nx-api-key\nsk-2"
    );
    assert!(settings.is_described(&claude));
    let llama = target("meta-llm");
    assert_eq!(llama.name, "openai-compatible");
    assert!(!settings.is_described(&llama));
    assert_eq!(
        target("bge-base-en").url,
        "https://api.example.com/v1/embeddings"
    );
    let bad = Settings {
        anthropic_url: set("http://api.example.com"),
        ..settings.clone()
    };
    assert_eq!(
        bad.target(catalog.find("claude-haiku-4-5").unwrap(), &[])
            .map(|it| it.url),
        Err(NoBackend::BadUrl("ANTHROPIC_BASE_URL"))
    );
}

#[test]
fn the_sandbox_is_spoken_to_in_the_models_own_dialect() {
    let catalog = shipped();
    let local = Settings {
        local: true,
        sandbox_url: Setting::from("http://127.0.0.1:8788".to_owned()),
        ..Settings::default()
    };
    let url = |id: &str| local.target(catalog.find(id).unwrap(), &[]).unwrap().url;
    assert_eq!(url("claude-haiku-4-5"), "http://127.0.0.1:8788/v1/messages");
    assert_eq!(url("meta-llm"), "http://127.0.0.1:8788/v1/chat/completions");
    assert_eq!(url("bge-base-en"), "http://127.0.0.1:8788/v1/embeddings");
}

#[test]
fn secrets_do_not_show() {
    let secret = Settings {
        key: Setting::from("sk-secret".to_owned()),
        ..Settings::default()
    };
    assert!(!format!("{secret:?}").contains("sk-secret"));
}

#[test]
fn deadlines_are_four_numbers_or_the_defaults() {
    assert_eq!(
        Deadlines::parse("1, 2,3,4"),
        Deadlines {
            headers: 1,
            first: 2,
            idle: 3,
            total: 4
        }
    );
    for wrong in ["", "1,2,3", "1,2,3,x", "0,1,2,3"] {
        assert_eq!(Deadlines::parse(wrong), Deadlines::default());
    }
}

#[test]
fn a_tenants_own_key_goes_to_its_provider_and_nowhere_else() {
    let catalog = shipped();
    let compatible = Settings {
        key: Setting::from("sk-compatible".to_owned()),
        openai_key: Setting::from("sk-gateway".to_owned()),
        workers_ai: true,
        ..settings("https://api.example.com")
    };
    let sandbox = Settings {
        local: true,
        sandbox_url: Setting::from("http://127.0.0.1:8788".to_owned()),
        ..Settings::default()
    };
    let key = ProviderKey::parse("sk-tenant").unwrap();
    let opened = [(Provider::Openai, key)];
    for deployment in [&compatible, &sandbox, &Settings::default()] {
        let gpt = catalog.find("gpt-4o").unwrap();
        let mut target = deployment.target(gpt, &[Provider::Openai]).unwrap();
        assert_eq!(target.url, "https://api.openai.com/v1/chat/completions");
        assert_eq!(target.cap_field, "max_completion_tokens");
        assert_eq!(target.own(), Some(Provider::Openai));
        // Locked, it holds no key at all.
        assert_eq!(target.header_lines(), "");
        assert!(target.unlock(&opened));
        assert_eq!(target.header_lines(), "authorization\nBearer sk-tenant");
        assert!(!target.unlock(&[]));
        assert_eq!(target.header_lines(), "");
        let claude = catalog.find("claude-haiku-4-5").unwrap();
        let mut target = deployment.target(claude, &Provider::ALL).unwrap();
        assert_eq!(target.url, "https://api.anthropic.com/v1/messages");
        assert!(!target.unlock(&opened));
        // A model of another provider is called as ever.
        let llama = catalog.find("meta-llm").unwrap();
        let before = deployment.target(llama, &[]).map(|it| it.url);
        let after = deployment.target(llama, &Provider::ALL).map(|it| it.url);
        assert_eq!(before, after);
    }
    let own = Settings {
        openai_url: Setting::from("https://eu.api.openai.com/v1".to_owned()),
        ..Settings::default()
    };
    let gpt = catalog.find("gpt-4o").unwrap();
    let target = own.target(gpt, &[Provider::Openai]).unwrap();
    assert_eq!(target.url, "https://eu.api.openai.com/v1/chat/completions");
}
