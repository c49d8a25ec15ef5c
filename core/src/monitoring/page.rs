//! The status page: HTML without script, and JSON. It shows nothing of any tenant.

use crate::calendar::{self, rfc3339};
use crate::monitoring::component::{Component, DAYS, State};
use crate::monitoring::incident::Incident;
use crate::monitoring::status::Status;
use crate::monitoring::{ADMISSION, API, CANARY};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// After so long without a look nothing is known, in ms.
const STALE_MS: u64 = 15 * 60_000;

/// What a component is called.
fn title(name: &str) -> String {
    match name {
        API => "API".to_owned(),
        ADMISSION => "Admission".to_owned(),
        CANARY => "Whole gateway".to_owned(),
        backend => format!("Model backend {backend}"),
    }
}

/// The gateway's own parts first.
fn order(status: &Status) -> Vec<(&String, &Component)> {
    let mut all: Vec<_> = status.components.iter().collect();
    all.sort_by_key(|(name, _)| match name.as_str() {
        API => 0,
        ADMISSION => 1,
        CANARY => 2,
        _ => 3,
    });
    all
}

/// The state as it is shown: what was seen long ago is not known now.
fn fresh(status: &Status, state: State, now_ms: u64) -> State {
    if now_ms.saturating_sub(status.looked_at_ms) > STALE_MS {
        State::Unknown
    } else {
        state
    }
}

/// How the service does as a whole, as far as it is known.
fn overall(status: &Status, now_ms: u64) -> State {
    match fresh(status, status.overall(), now_ms) {
        State::Unknown => State::Operational,
        known => known,
    }
}

/// Uptime over all days that have data, in thousandths of a percent.
fn uptime(component: &Component) -> Option<u32> {
    let (mut up, mut all) = (0_u64, 0_u64);
    for day in &component.days {
        let looks = u64::from(day.good) + u64::from(day.degraded);
        up += looks;
        all += looks + u64::from(day.down);
    }
    u32::try_from((up * 100_000).checked_div(all)?).ok()
}

fn percent(thousandths: u32) -> f64 {
    f64::from(thousandths) / 1_000.0
}

/// As JSON.
#[must_use]
pub fn json(status: &Status, now_ms: u64) -> Value {
    let today = calendar::Day::of(now_ms).0;
    let components = order(status).into_iter().map(|(name, component)| {
        let days = (0..DAYS).rev().map(|ago| {
            let day = today.saturating_sub(ago);
            let known = component.days.iter().find(|it| it.day == day);
            json!({
                "day": calendar::Day(day).to_string(),
                "uptime": known.and_then(|it| it.uptime()).map(percent),
            })
        });
        json!({
            "id": name,
            "name": title(name),
            "status": fresh(status, component.state, now_ms).as_str(),
            "since": (component.since_ms > 0).then(|| rfc3339(component.since_ms)),
            "uptime": uptime(component).map(percent),
            "days": days.collect::<Vec<_>>(),
        })
    });
    let incidents = status.incidents.newest().map(|incident| {
        json!({
            "id": incident.id,
            "component": incident.component,
            "status": incident.state.as_str(),
            "startedAt": rfc3339(incident.started_at_ms),
            "endedAt": incident.ended_at_ms.map(rfc3339),
            "notes": incident.notes.iter().map(|note| json!({
                "at": rfc3339(note.at_ms),
                "text": note.text,
            })).collect::<Vec<_>>(),
        })
    });
    let looked = (status.looked_at_ms > 0).then(|| rfc3339(status.looked_at_ms));
    json!({
        "status": overall(status, now_ms).as_str(),
        "components": components.collect::<Vec<_>>(),
        "incidents": incidents.collect::<Vec<_>>(),
        "lookedAt": looked,
    })
}

const STYLE: &str = "\
:root{color-scheme:light dark;--bg:#fff;--fg:#1a1d21;--dim:#5c6570;--line:#dfe3e8;--card:#f7f8fa;\
--operational:#1a7f4b;--degraded:#a86400;--down:#c02b2b;--unknown:#b9c0c8}\
@media(prefers-color-scheme:dark){:root{--bg:#101317;--fg:#e8eaed;--dim:#9aa4af;--line:#2a3038;\
--card:#171b21;--operational:#3fb877;--degraded:#e0a030;--down:#ff6b6b;--unknown:#3d4650}}\
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--fg);\
font:16px/1.5 system-ui,sans-serif}main{max-width:46rem;margin:0 auto;padding:2rem 1rem}\
h1{font-size:1.1rem;margin:0 0 1.5rem}h2{font-size:1rem;margin:2rem 0 .5rem}\
.overall{border:1px solid var(--line);border-left:.4rem solid var(--s);border-radius:.4rem;\
padding:1rem;font-size:1.25rem;font-weight:600;background:var(--card)}\
.operational{--s:var(--operational)}.degraded{--s:var(--degraded)}.down{--s:var(--down)}\
.unknown{--s:var(--unknown)}section{border-bottom:1px solid var(--line);padding:1rem 0}\
.row{display:flex;justify-content:space-between;gap:1rem}.state{color:var(--s);font-weight:600}\
.unknown .state{color:var(--dim)}.bars{display:flex;gap:1px;height:2rem;margin:.5rem 0 .25rem}\
.bars i{flex:1;background:var(--s);border-radius:1px}.bars i.unknown{opacity:.45}\
.dim,time{color:var(--dim);font-size:.85rem}li{margin:.5rem 0}ul{padding-left:1.2rem}";

/// As HTML.
#[must_use]
pub fn html(status: &Status, now_ms: u64) -> String {
    let parts = order(status);
    let silent = parts
        .iter()
        .all(|(_, it)| fresh(status, it.state, now_ms) == State::Unknown);
    let overall = if silent {
        State::Unknown
    } else {
        overall(status, now_ms)
    };
    let says = match overall {
        State::Down => "The service is down",
        State::Degraded => "Some of the service is degraded",
        State::Operational => "All systems are operational",
        State::Unknown => "Nothing was seen of late; no trouble is known",
    };
    let mut page = String::with_capacity(16 << 10);
    // Writing to a String cannot fail.
    let _infallible = write!(
        page,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Status: {0}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head>\
         <body><main><h1>Neureus status</h1>\
         <div class=\"overall {0}\" role=\"status\">{says}</div><h2>Components</h2>",
        overall.as_str(),
    );
    for (name, component) in parts {
        let state = fresh(status, component.state, now_ms);
        bars(&mut page, name, component, state, now_ms);
    }
    page.push_str("<h2>Incidents</h2>");
    if status.incidents.newest().next().is_none() {
        page.push_str("<p class=\"dim\">None in the last 90 days.</p>");
    }
    page.push_str("<ul>");
    for it in status.incidents.newest().take(20) {
        incident(&mut page, it);
    }
    page.push_str("</ul>");
    if status.looked_at_ms > 0 {
        let at = time(status.looked_at_ms);
        let _infallible = write!(page, "<p class=\"dim\">Seen last: {at}.</p>");
    }
    page.push_str("</main></body></html>");
    page
}

fn bars(page: &mut String, name: &str, component: &Component, state: State, now_ms: u64) {
    let shown = match state {
        State::Unknown => "no data",
        known => known.as_str(),
    };
    let _infallible = write!(
        page,
        "<section class=\"{}\"><div class=\"row\"><strong>{}</strong>\
         <span class=\"state\">{shown}</span></div><div class=\"bars\" aria-hidden=\"true\">",
        state.as_str(),
        escaped(&title(name)),
    );
    let today = calendar::Day::of(now_ms).0;
    for ago in (0..DAYS).rev() {
        let number = today.saturating_sub(ago);
        let known = component.days.iter().find(|it| it.day == number);
        let (class, says) = match known.and_then(|it| Some((it, it.uptime()?))) {
            None => (State::Unknown, "no data".to_owned()),
            Some((day, up)) => {
                let class = if day.down > 0 && up < 95_000 {
                    State::Down
                } else if day.down > 0 || day.degraded > 0 {
                    State::Degraded
                } else {
                    State::Operational
                };
                (class, format!("{:.2} % up", percent(up)))
            }
        };
        let _infallible = write!(
            page,
            "<i class=\"{}\" title=\"{}: {says}\"></i>",
            class.as_str(),
            calendar::Day(number),
        );
    }
    let days = component.days.len();
    let up = uptime(component).map_or_else(
        || "no data yet".to_owned(),
        |up| format!("{:.2} % up over {days} of 90 days with data", percent(up)),
    );
    let _infallible = write!(
        page,
        "</div><div class=\"row dim\"><span>90 days ago</span><span>{up}</span><span>today</span>\
         </div></section>"
    );
}

fn incident(page: &mut String, incident: &Incident) {
    let ended = incident
        .ended_at_ms
        .map_or_else(|| "ongoing".to_owned(), time);
    let _infallible = write!(
        page,
        "<li class=\"{0}\"><strong>{1}</strong> <span class=\"state\">{0}</span><br>\
         <span class=\"dim\">{2} – {ended}</span>",
        incident.state.as_str(),
        escaped(&title(&incident.component)),
        time(incident.started_at_ms),
    );
    for note in &incident.notes {
        let _infallible = write!(page, "<br>{} {}", time(note.at_ms), escaped(&note.text));
    }
    page.push_str("</li>");
}

/// A time for people, with the exact one beside it: `2026-11-23 01:02 UTC`.
fn time(ms: u64) -> String {
    let exact = rfc3339(ms);
    let shown = exact.get(..16).unwrap_or(&exact).replace('T', " ");
    format!("<time datetime=\"{exact}\">{shown} UTC</time>")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::cell::Cell;
    use crate::monitoring::sight::Minute;

    const NOW_MS: u64 = 1_795_395_723_004;

    fn status() -> Status {
        let mut cell = Cell {
            requests: 10,
            ..Cell::default()
        };
        cell.ends.add("UPSTREAM_ERROR", 10);
        let minute = Minute {
            at_ms: NOW_MS,
            key: "a<b".into(),
            model: String::new(),
            cell,
        };
        let mut status = Status::default();
        for _ in 0..2 {
            status.look(
                core::slice::from_ref(&minute),
                &[("api".into(), 200)],
                NOW_MS,
            );
        }
        status
            .incidents
            .note("inc_1", "<script>alert(1)</script>", NOW_MS);
        status
    }

    #[test]
    fn days_without_data_are_shown_as_such() {
        let json = json(&status(), NOW_MS);
        assert_eq!(json["status"], json!("down"));
        assert_eq!(json["components"][0]["id"], json!("api"));
        assert_eq!(json["components"][0]["uptime"], json!(100.0));
        assert_eq!(json["components"][1]["status"], json!("unknown"));
        let days = json["components"][0]["days"].as_array().unwrap();
        assert_eq!(days.len(), 90);
        assert_eq!(days[0]["uptime"], Value::Null);
        assert_eq!(days[89]["day"], json!("2026-11-23"));
        assert_eq!(days[89]["uptime"], json!(100.0));
        assert_eq!(json["incidents"][0]["endedAt"], Value::Null);
    }

    #[test]
    fn the_page_needs_no_script_and_holds_none() {
        let page = html(&status(), NOW_MS);
        assert!(!page.contains("<script"));
        assert!(page.contains("Model backend a&lt;b"));
        assert!(page.contains("&lt;script&gt;alert(1)"));
        assert_eq!(page.matches("<i class=").count(), 3 * 90);
        assert!(page.contains("The service is down"));
        let time = r#"<time datetime="2026-11-23T01:02:03Z">2026-11-23 01:02 UTC</time>"#;
        assert!(page.contains(time));
    }

    #[test]
    fn what_was_seen_long_ago_is_not_known_now() {
        let later = NOW_MS + STALE_MS + 1;
        assert_eq!(
            json(&status(), later)["components"][0]["status"],
            json!("unknown")
        );
        assert!(html(&status(), later).contains("Nothing was seen of late"));
        assert!(html(&Status::default(), NOW_MS).contains("Nothing was seen of late"));
    }
}
