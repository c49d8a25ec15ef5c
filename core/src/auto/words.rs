//! Words that tell what a request is about, in a table that the compiler builds.
//!
//! A group has the points that its words give for code and for reasoning; `_` is a blank between two
//! words. Chinese and Japanese go by pairs of characters. Only hashes are kept: a word that is not here is
//! taken for one that is about once in a million.

/// Points for code and for reasoning, and the words that give them.
const GROUPS: [(u8, u8, &str); 10] = [
    (
        4,
        0,
        "javascript typescript golang kotlin haskell php vba solidity scala elixir clojure erlang fortran cobol matlab          julia_code lua objective_c c++ c# f# sql mysql postgres postgresql sqlite mariadb mongodb redis elasticsearch dynamodb          cassandra orm sqlalchemy prisma hibernate html css scss sass tailwind flexbox regex regexp regular_expression regulärer_ausdruck          dockerfile docker kubernetes kubectl helm_chart nginx terraform ansible jenkins gradle maven cmake makefile bazel git github          gitlab npm pnpm pypi pip_install virtualenv pytest junit jest vitest cypress playwright selenium react reactjs redux vue svelte          angular jquery nextjs next_js node_js nodejs deno django flask fastapi laravel symfony rails spring_boot springboot asp_net dotnet wpf          winforms jvm jdk pandas numpy pytorch tensorflow_model scikit bash zsh powershell shell_script shell_skript userscript tampermonkey greasemonkey          browser_extension chrome_extension vscode segfault segmentation_fault valgrind gdb stacktrace stack_trace traceback core_dumped nullpointerexception          refactor refactoring debounce debugger webpack vite eslint linter typechecker compiler transpile rest_api graphql grpc websocket oauth jwt          unit_test unit_tests integration_test pull_request merge_request merge_conflict detached_head rebase programmer programming_language coding_agent codebase          source_code pseudocode binary_search binary_tree linked_list hash_map hash_table hashmap hashset quicksort mergesort bubble_sort dijkstra          malloc calloc usestate useeffect typeerror keyerror valueerror syntaxerror referenceerror indexerror attributeerror importerror runtimeerror awk grep mutex semaphore goroutine          coroutine garbage_collection garbage_collector stored_procedure window_function left_join inner_join time_complexity type_hints data_structure data_structures          design_pattern dependency_injection operator_overloading list_comprehension off_by race_condition memory_leak stack_overflow buffer_overflow use_after          programmiere programmieren programmiersprache bucle liste_chaînée desarrollador скрипт 代码 编程 コード .py .js .jsx .ts .tsx .rs .cpp .cs .java .kt .rb .php .sh          .yml .yaml .sql .css .scss .vue .ipynb .toml .env script_that function_that code_only software_engineer web_scraper discord_bot telegram_bot cron_job          cronjob crontab systemd iptables usr_bin cors config_file c_program google_sheets excel_formula \
         prettier eslintrc openapi swagger argon2 bcrypt big_endian little_endian endianness hex_dump write_tests expresión_regular \
         expression_régulière regulären_ausdruck unhandled_exception uncaught_exception stack_frame heap_allocation borrow_checker lifetimes \
         trait_bound trait_object macro_rules serde tokio actix axum sqlx diesel webassembly wasm pyenv conda jupyter matplotlib seaborn pydantic \
         celery asyncio aiohttp beautifulsoup scrapy mypy pylint flake8 rubocop bundler composer_json phpunit wordpress_plugin nestjs sveltekit nuxt \
         remix_run astro_site vercel netlify cloudflare_workers dockerhub podman kubectx argocd prometheus grafana kibana logstash ec2 rds iam_role \
         cloudformation pulumi vagrant proxmox raspberry_pi arduino esp32 gpio stm32 fpga verilog vhdl cuda opengl vulkan unity_script \
         unreal_blueprint godot gdscript pygame p5 d3 threejs swiftui uikit xcode jetpack_compose android_studio react_native ionic electron_app tauri \
         powerapps powerquery power_query latex_table bibtex tikz int_main std_vector std_string cout printf scanf println console_log system_out \
         npm_run npm_install pip3 sudo_apt apt_get brew_install chmod chown rsync tmux vim_config neovim force_push cherry_pick git_stash gitignore \
         squash_commits feature_flag code_review static_analysis big_o 递归 数组 字符串 变量 変数 プログラム",
    ),
    (
        3,
        0,
        "python js json yaml api apis endpoint endpoints closure callback array arrays compile compiles compiled compiling sed ssh cron recursion recursive          recursively repo repos commit commits debug debugging async await lru deadlock deadlocks curl wget command_line cli one_liner this_code code_below          following_code function_below this_function type_error implémente implementiere boucle функцию 函数 程序 排序 算法 関数 配列 skript middleware lambda boolean .json          .html .c .h in_rust in_go in_c in_java in_swift in_ruby in_python in_dart abstract_class abstrakten_klasse data_class null_pointer dangling foreign_key          primary_key error_code programming coding frontend backend runtime namespace enum struct decorator decorador décorateur dekorator          generics polymorphism inheritance mixin singleton monad immutable hashcode tostring stdin stdout stderr regexes unicode utf base64 sha256 checksum hash_function          thread_safe multithreading concurrency subprocess daemon queue_worker message_queue kafka rabbitmq microservice ci_cd continuous_integration          autocomplete intellisense breakpoints syntax parser tokenizer lexer bytecode opcode assembly_code dom css_grid media_query media_queries div span selector          z_index responsive dropdown modal_dialog webhook web_app serverless caching memoize idempotent upsert rollback sharding indexes normalise_the tables_for \
         pagination edge_cases tests_for test_cases test_suite mocking mocks stubs fixtures insert_statements insert_into group_by order_by \
         having_count subquery process_and fork_on syscall system_call filesystem inode symlink env_var environment_variable environment_variables \
         reverse_proxy load_balancer keepalive keep_alive 502s 500s 404s status_code bad_gateway internal_server http_status json_response \
         request_body header_file linker undefined_reference index_out null_check typecast casting type_inference \
         type_error dynamic_programming memoization greedy_algorithm breadth_first depth_first hashing sorting_algorithm priority_queue deque \
         event_loop event_handler event_listener onclick props hooks_in state_in usememo router routing_in template_engine orm_query migration_script \
         seed_data fake_data dummy_data changelog_entry readme semver monorepo workspace_package dev_server build_step production_build bundle_size \
         tree_shaking source_maps hot_reload livereload vm virtual_machine hypervisor port_forwarding ssh_key public_key \
         tls_certificate dns_record subdomain expose_port firewall_rule cidr subnet vpc data_frame dataframe csv_file parquet etl data_pipeline \
         spark_job airflow dbt bigquery snowflake_query window_functions materialized_view css_variables css_class dark_mode media_queries \
         flex_container viewport_height tooltips accessibility_of aria svg canvas_element webgl shader_code compiler_error compile_time runtime_error \
         build_error build_fails tests_pass tests_fail failing_test flaky_test assertion assert_equal bitwise bit_shift xor two_complement \
         floating_point integer_overflow signed_int endian opcode instruction_set register_allocation código_fuente base_de error_de compilador \
         depurar codage débogage codifier tableau_de quelltext kompilieren kompiliert klasse_in методы массив цикл базе_данных ошибка_в ファイルを エラー          pivot_table vlookup xlookup spreadsheet_formula sheets_formula compilar fehlermeldung stacktraces user_agent cookie_header localstorage",
    ),
    (
        2,
        0,
        "function functions code script scripts bug bugs rust java swift ruby perl dart variable variables loop loops query queries component components macro migration migrations implement          interface string strings heap config mock fetch parse parsing database databases schema container pod pods directory undefined null pointer pointers          exception exceptions crashes crash crashed node excel repository xml csv thread threads module modules library deploy deployment cache class_in          funktion funktionen schleife datenbank función código componente fonction requête função код программу файл template iterator generator int char void const          print import public static return def fn let var hello_world compile_error params parameter parameters toolchain branch expert_in unused_variable          android linux ubuntu windows_server aws s3 azure gcp firebase lambda_function terminal plugin extension dependencies dependency upgraded pipeline          algorithm algorithms hash tree_structure graph_traversal nested sheet sheets formula_that cell column_b latency throughput timeout timeouts health_check null_values          developer getter setter constructor method_returns attribute override overload byte bytes bits buffer stream_of socket tcp udp dns http https ssl tls proxy          merge_two idiomatic snippet app_that bot_that build_a program_that \
         passwords_in hex spec simulate sketch formatter compiler_wants the_compiler developer_console mock_server rename_a merge_sort quick_sort \
         stack_and queue_and unit_of module_that service_that endpoint_that form_validation validate validates validation sanitize serialise serialize \
         deserialize encode decode encoding encrypt decrypt token_expires async_function promise promises retry_logic rate_limiting logging logger \
         config_for configure installs install_a package_manager version_control open_source sdk autonomous_developer ticket implement_ticket slug \
         schema_for models_py unique_constraint constraint_on extra_memory memory_does allocated allocation pixel pixels regex_for crawler scraper \
         scrape button checkbox css_class render rerender state_management sponsored_results          python_script escape_sequence invalid valid_json permission_denied command_not exit_code stack_is",
    ),
    (
        1,
        0,
        "error errors file files test tests column columns table tables row rows server port logs log types fails failing folder program class classes method methods workflow          stack select type list implementation build line lines object objects host token command output input optimize optimise view          reference package rename clause index run runs runtime_is sort sorted filter count counts default example pattern website page tab chrome browser youtube hide          block blocks replace match set key value values",
    ),
    (
        0,
        4,
        "prove proof disprove theorem lemma irrational derivation eigenvalue eigenvalues integral derivative puzzle riddle logician brainteaser sudoku          divisible converges show_that equation equations beweise beweis demuestra demostrar démontre démontrer résous resuelve 证明 докажи Докажи докажите trade_offs          tradeoffs tradeoff next_number shortest_path your_reasoning always_lies lies_and gleichung ecuación équation уравнение 方程 概率 kantian          utilitarian paradox syllogism step_by schritt_für paso_a étape_par bayes conjecture second_order square_root square_of          square_for logic_puzzle probability_of expected_value how_likely n_gon prime_number 100_days what_day",
    ),
    (
        0,
        3,
        "derive justify solve calculate analyse analyze logic logically reasoning deduction probability probabilidad probabilité wahrscheinlichkeit induction          minimise minimize maximise maximize the_math maths many_ways sum_of given_that if_all constraints your_work compounded km_h without_replacement expected_number          break_even modulo weighings round_robin twice_as times_as doppelt_so el_doble le_double deduce infer equilibrium which_cause follow_that it_follow          calcula berechne löse calcule вероятность сколько_лет 多少 knights_and knaves counterexample contradiction polynomial matrix integers vector combinatorics          worth_it lay_out argument_for pros_and grew_by fell_by who_owns cross_a which_square on_which the_order you_know          weigh_the the_trade thought_experiment fermi estimate_how \
         exactly_once differentiate antiderivative factorise factorize factorial gcd lcm remainder divided_by hence iff_and be_true \
         both_true if_some no_birds all_cats tous_les si_tous alle_menschen wenn_alle justifie justifica begründe draw_a average_speed \
         percent_of relative_risk absolute_risk odds_of chance_that the_chance chances_of how_often litre_jug measure_exactly equal_length same_length \
         twice_the half_the number_is digit_number total_compensation runway dilution cagr net_present npv irr amortise amortization \
         unit_square unit_circle inscribed circumference diagonal tangent parallel_lines perpendicular cosine sine_of modulus congruent bijection \
         injective surjective abelian eigenvector determinant statements_can statements_is proof_wrong flaw_in fallacious correlation causation \
         confound argument_apart minimum_number maximum_number fewest largest_possible smallest_number smallest_positive pigeonhole \
         invariant parity inclusion_exclusion binomial poisson normal_distribution p_value null_hypothesis confidence_interval würfel würfeln \
         mindestens_eine verhältnis остаток вычесть вероятности скорость 最小 证 求解 計算 確率 何通り trains_leave train_leaves un_tren le_train der_zug alcanza hypothesis premises fallacy game_theory nash variance standard_deviation permutations perimeter          volume_of hypotenuse logarithm asymptote quadratic cuadrado chessboard crossing many_handshakes zusammen_brauchen",
    ),
    (
        0,
        2,
        "how_many how_far how_much evaluate compute prime primes angle angles triangle rectangle digit digits zeros at_most at_least suppose assume therefore weigh versus          most_likely happens_if taller tournament valid_argument argument explain_each is_larger is_greater is_valid determine whether dreimal la_limite continuous          squares square root interest taxes fixed_costs odds dice die deck coin coins formula optimal handshakes generalise generalize faster_than argue argues          per_month down_payment mph speed percentage conclude necessarily cubic ratio average wie_viele wie_lange combien cuántos cuántas quantos liar truth suma números          first_principles tells_the owns_the consequences monedas münzen pièces double doubles doubled triple half beat behind race last_but ahead grew fell          not_last not_first not_third today_is becken pumpen brauchen switching isn_the second_person moves_in puzzle_about carefully rigorous goldbach even odd          hire_two invest_in strategy_for logically_valid overtakes overtake catches_up meet_each by_day by_night a_day grain",
    ),
    (
        0,
        1,
        "exactly how_long in_total must each area length width invest percent because explain_why compare twice weight probable so_that than rate per total cost costs price          litres liters metres meters minutes hours days when_do who_is wann wie_alt cuándo quand cross doors guards lies rolls larger smaller older younger heavier          lighter fill drain ladder wall balls machines apples by_hand between numbers number steps if second first third last goat wolf cabbage river houses house          colors colours neighbours neighbour order same why_is why_isn argument_is sensitive specific prevalence conclusion provider switch money effects effect boat          well_when km m weighs board knight queens stop_being reaches start",
    ),
    // Numbers in words.
    (
        15,
        14,
        "two three four five six seven eight nine ten eleven twelve hundred thousand million zwei drei vier fünf sechs sieben acht neun zehn dos tres cuatro cinco seis          siete ocho nueve diez deux trois quatre cinq sept huit neuf dix",
    ),
    // What asks for something else, whatever it is about.
    (
        15,
        15,
        "poem poems haiku joke jokes tweet tweets story lyrics song slogan caption recipe toast eulogy translate translation traduce übersetze traduis Переведи 翻译          summarize summarise summary summarised zusammenfassung fasse resume résume resumir proofread spelling grammar polite politely tone essay cover_letter linkedin          birthday wedding restaurant restaurants holiday trip weather sentiment cheerful announcement blog_post press_release invitation museum museums          film films movie gedicht witz rezept poema chiste historia_divertida poème blague lettre 诗 lyric bedtime",
    ),
];

/// Slots of the table: a power of two, less than half of them used.
const SLOTS: usize = 4096;
/// A slot holds the upper 24 bits of a hash, then the points: for code in the upper half of a byte, for
/// reasoning in the lower. 0 is free.
static TABLE: [u32; SLOTS] = table();

/// The hash of no letters.
pub(super) const SEED: u32 = 0x811c_9dc5;

/// The hash with one more byte (FNV-1a), whatever the case of an ASCII letter.
pub(super) const fn step(hash: u32, byte: u8) -> u32 {
    (hash ^ byte.to_ascii_lowercase() as u32).wrapping_mul(0x0100_0193)
}

const fn slot(hash: u32) -> usize {
    (hash ^ (hash >> 13)) as usize & (SLOTS - 1)
}

const fn tag(hash: u32) -> u32 {
    hash & 0xffff_ff00
}

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which refuses a slot out of range"
)]
const fn table() -> [u32; SLOTS] {
    let mut table = [0; SLOTS];
    let mut group = 0;
    while group < GROUPS.len() {
        let (code, reasoning, words) = GROUPS[group];
        let bytes = words.as_bytes();
        let (mut at, mut hash, mut letters) = (0, SEED, 0);
        while at <= bytes.len() {
            if at < bytes.len() && bytes[at] > b' ' {
                let byte = if bytes[at] == b'_' { b' ' } else { bytes[at] };
                hash = step(hash, byte);
                letters += 1;
            } else if letters > 0 {
                let mut place = slot(hash);
                // Of a word that is in two groups, the first counts.
                while table[place] != 0 && tag(table[place]) != tag(hash) {
                    place = (place + 1) & (SLOTS - 1);
                }
                if table[place] == 0 {
                    table[place] = tag(hash) | ((code as u32) << 4) | reasoning as u32;
                }
                hash = SEED;
                letters = 0;
            }
            at += 1;
        }
        group += 1;
    }
    table
}

/// What a word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// Points for code and for reasoning.
    Points(u32, u32),
    /// A number.
    Number,
    /// That something else is asked for.
    Elsewhere,
}

/// What a word says, and its place among all words; `None` for one that says nothing.
pub(super) fn look_up(hash: u32) -> Option<(usize, Says)> {
    let mut place = slot(hash);
    loop {
        let entry = *TABLE.get(place)?;
        if entry == 0 {
            return None;
        }
        if tag(entry) == tag(hash) {
            let says = match ((entry >> 4) & 15, entry & 15) {
                (15, 14) => Says::Number,
                (15, 15) => Says::Elsewhere,
                (code, reasoning) => Says::Points(code, reasoning),
            };
            return Some((place, says));
        }
        place = (place + 1) & (SLOTS - 1);
    }
}

/// Which words were met.
pub(super) struct Seen([u64; SLOTS / 64]);

impl Seen {
    pub(super) fn new() -> Self {
        Self([0; SLOTS / 64])
    }

    /// Whether this is the first time.
    pub(super) fn first(&mut self, place: usize) -> bool {
        let Some(bits) = self.0.get_mut(place / 64) else {
            return false;
        };
        let bit = 1 << (place % 64);
        let first = *bits & bit == 0;
        *bits |= bit;
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(word: &str) -> Option<Says> {
        look_up(word.bytes().fold(SEED, step)).map(|(_, says)| says)
    }

    #[test]
    fn every_word_is_found_with_its_points() {
        let mut known = std::collections::BTreeMap::new();
        for (code, reasoning, words) in GROUPS {
            for word in words.split_whitespace() {
                assert!(
                    word.split('_').count() < 3,
                    "{word}: at most two words are looked up together"
                );
                let says_so = match (code, reasoning) {
                    (15, 14) => Says::Number,
                    (15, 15) => Says::Elsewhere,
                    _ => Says::Points(code.into(), reasoning.into()),
                };
                let first = *known.entry(word).or_insert(says_so);
                assert_eq!(says(&word.replace('_', " ")), Some(first), "{word}");
            }
        }
        assert!(known.len() * 2 < SLOTS, "{} words", known.len());
        assert_eq!(says("JavaScript"), Some(Says::Points(4, 0)));
        assert_eq!(says("Seven"), Some(Says::Number));
        assert_eq!(says("poem"), Some(Says::Elsewhere));
        assert_eq!(says("lamp"), None);
    }

    #[test]
    fn a_word_is_met_for_the_first_time_once() {
        let mut seen = Seen::new();
        assert!(seen.first(0) && seen.first(4095) && !seen.first(0) && !seen.first(SLOTS));
    }
}
