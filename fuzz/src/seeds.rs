//! Inputs to start from: ordinary ones, and nasty ones.

/// Event streams, of backends and of nobody.
pub(crate) const STREAMS: &[&[u8]] = &[
    b"",
    b"data: [DONE]",
    b"\xEF\xBB\xBFdata: {\"response\":\"a\"}\r\n\r\ndata: [DONE]\r\n\r\n",
    b"\xEF\xBB\xBF\xEF\xBB\xBF\n\r\r\n\n",
    b": keep-alive\n\nevent: ping\ndata: {}\n\nid: 7\nretry: 10\n\n",
    b"data: {\"choices\":\ndata: [{\"delta\":{\"content\":\"two lines\"}}]}\n\ndata: [DONE]\n\n",
    b"data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"H\xC3\xA9 \\ud83d\\ude00\"}}]}\n\ndata: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2,\"total_tokens\":9}}\n\ndata: [DONE]\n\n",
    b"data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]}}]}\n\ndata: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}}]}}]}\n\ndata: [DONE]\n\n",
    b"data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\"}}]}\r\rdata: {\"error\":{\"message\":\"x\"}}\r\r",
    b"data: {\"response\":42,\"p\":\"abc\"}\n\ndata: {\"response\":\"\",\"tool_calls\":[{\"name\":\"f\",\"arguments\":{\"a\":[1.0,-1]}}]}\n\ndata: {\"response\":\"\",\"usage\":{\"prompt_tokens\":7.0,\"completion_tokens\":0}}\n\ndata: [DONE]\n\n",
    b"data: {\"response\":\"\\ud800\"}\n\n",
    b"event: error\ndata: no\n\n",
    b"event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"model\":\"u\",\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}\n\nevent: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"H\xC3\xA9\"}}\n\nevent: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
    b"event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{}}}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{}\"}}\n\ndata: {\"type\":\"message_stop\"}\n\n",
    b"data: \xFF\xFE\xF0\x9F\x98\n\ndata\n\ndata:\n\n",
    b"data: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n\n",
];

/// Bodies of `POST /ai/chat`.
pub(crate) const REQUESTS: &[&[u8]] = &[
    b"",
    b"\xEF\xBB\xBF{}",
    b"{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}",
    b"{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"messages\":[]}",
    b"{\"messages\":[{\"role\":\"user\",\"content\":\"\\ud800\"}]}",
    b"{\"messages\":[{\"role\":\"user\",\"content\":\"\\u0000\\u001f\\\"\\\\\"}],\"maxTokens\":1e400}",
    b"{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"max_tokens\":18446744073709551616}",
    b"{\"messages\":[{\"role\":\"user\",\"name\":\"n\",\"content\":[{\"type\":\"text\",\"text\":\"see\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,AA==\",\"detail\":\"low\"}}]}],\"model\":\"auto\",\"stream\":true,\"temperature\":0.7,\"top_p\":1,\"maxTokens\":9,\"max_tokens\":9,\"systemPrompt\":\"be brief\",\"stop\":[\"a\",\"b\"],\"profile\":\"legal\"}",
    b"{\"messages\":[{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"c\",\"content\":\"1\"}],\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"d\",\"parameters\":{\"type\":\"object\",\"a\":[1.5,-1,1e300]},\"strict\":true}}],\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}}",
    b"{\"messages\":[{\"role\":\"system\",\"content\":\"s\"}],\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"schema\":{\"z\":1,\"a\":{\"$ref\":\"#\"}},\"strict\":false}}}",
    b"{\"messages\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
];

/// Bodies of `POST /v1/messages`.
pub(crate) const ANTHROPIC_REQUESTS: &[&[u8]] = &[
    b"{\"model\":\"m\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}",
    b"{\"model\":\"m\",\"max_tokens\":9,\"system\":[{\"type\":\"text\",\"text\":\"s\",\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"5m\"}}],\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"see\"},{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"AA==\"}}]},{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"t\",\"signature\":\"s\"},{\"type\":\"tool_use\",\"id\":\"c\",\"name\":\"f\",\"input\":{\"a\":1.5}}]},{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"c\",\"content\":[{\"type\":\"text\",\"text\":\"1\"}]}]}],\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\"}}],\"tool_choice\":{\"type\":\"any\"},\"stream\":true,\"top_k\":5,\"stop_sequences\":[\"x\"],\"later\":{}}",
];

/// Bodies of embeddings' requests, and answers.
pub(crate) const EMBEDDINGS: &[&[u8]] = &[
    b"{\"model\":\"m\",\"input\":[\"a\",[1,2]],\"encoding_format\":\"base64\",\"dimensions\":4}",
    b"{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,\"embedding\":[0.1,-1e-3]}],\"model\":\"m\",\"usage\":{\"prompt_tokens\":7,\"total_tokens\":7}}",
    b"{\"shape\":[1,2],\"data\":[[0.1,-0.5]],\"pooling\":\"mean\"}",
];

/// A deployment's changes of the catalog.
pub(crate) const CATALOGS: &[&[u8]] = &[
    b"{}",
    b"{\"default\":\"gpt-4o\",\"default_embedding\":\"bge-base-en\",\"remove\":[\"claude-opus-4-8\"],\"models\":[{\"id\":\"own\",\"kind\":\"chat\",\"backend\":\"openai\",\"dialect\":\"openai\",\"upstream\":\"u\",\"context_window\":10,\"max_output\":5,\"capabilities\":[\"tools\"],\"price\":{\"input\":1,\"output\":2,\"source\":\"s\",\"date\":\"2026-11-23\"}}]}",
];

/// Personal data in texts and bodies, plain and disguised.
pub(crate) const PERSONAL: &[&[u8]] = &[
    b"",
    b"My SSN is 078-05-1120, card 4111 1111 1111 1111, call (415) 555-0123.",
    b"{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"ssn 078-05\"},{\"type\":\"text\",\"text\":\"-1120\"}]}]}",
    b"{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x\"}}]}],\"input\":[1]}",
    b"name,ssn,dob\n\"Doe, Jane\",078051120,03/04/1980\n| MRN | Phone |\n|---|---|\n| 00482913 | 4155550123 |\n",
    b"PID|1||00482913^^^H^MR||DOE^JANE||19800304|F|||1 MAIN ST^^X^IL^62704||4155550123|||||123|078051120\rIN1|1|A",
    b"ISA*00~NM1*IL*1*DOE*JANE****MI*W123456789~DMG*D8*19800304~N3*1 MAIN ST~REF*SY*078051120~",
    b"%31%32%33-45-6789 &#49;&#x32;3 \\u0031\\x32 MTIzLTQ1LTY3ODk= a\xE2\x80\x8Bb \xEF\xBC\x91\xEF\xBC\x92",
    b"1 2 3 - 4 5 - 6 7 8 9 ssn 1 2 3 4 5 6 7 8 9 iban D E 8 9 3 7 0 4 0 0 4 4 0 5 3 2 0 1 3 0 0 0",
    b"Dr. Nakamura saw patient Jane Doe, a 92-year-old woman of 742 Evergreen Terrace, Springfield, IL 62704.",
    b"jane (at) example (dot) com P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<< 1EG4-TE5-MK73 00:1A:2B:3C:4D:5E ipv6 2001:db8::1",
    b"GB29 NWBK 6016 1331 9268 19 1M8GDM9AXKP042788 0x742d35Cc6634C0532925a3b844Bc454e4438f44e 550e8400-e29b-41d4-a716-446655440000",
];

/// Whole answers of backends.
pub(crate) const ANSWERS: &[&[u8]] = &[
    b"{\"id\":\"m\",\"type\":\"message\",\"model\":\"u\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"t\"},{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"tool_use\",\"id\":\"c\",\"name\":\"f\",\"input\":{\"a\":1}}],\"stop_reason\":\"tool_use\",\"usage\":{\"input_tokens\":3,\"output_tokens\":9}}",
    b"",
    b"<html><body>502 Bad Gateway</body></html>",
    b"{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"hi\",\"reasoning\":\"hm\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10}}",
    b"{\"choices\":[{\"message\":{\"content\":null,\"tool_calls\":[{\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}},{\"function\":{\"name\":\"g\",\"arguments\":{\"a\":1}}}]}}]}",
    b"{\"choices\":[{\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"x\"}]}}]}",
    b"{\"result\":{\"response\":\"hi\",\"usage\":{\"total_tokens\":5}},\"success\":true,\"errors\":[]}",
    b"{\"response\":{\"a\":[1,{}]},\"tool_calls\":[{\"name\":\"f\",\"arguments\":{\"b\":null}}]}",
    b"{\"error\":{\"message\":\"x\"}}",
    b"{\"response\":\"\\ud800\\udc00\\u0000\",\"response\":\"again\"}",
];

/// Usage reports.
pub(crate) const USAGES: &[&[u8]] = &[
    b"null",
    b"{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10,\"prompt_tokens_details\":{\"cached_tokens\":8},\"completion_tokens_details\":{\"reasoning_tokens\":2}}",
    b"{\"input_tokens\":7,\"cache_read_input_tokens\":4,\"cache_creation_input_tokens\":1,\"output_tokens\":3}",
    b"{\"prompt_tokens\":1099511627776,\"completion_tokens\":1099511627777}",
    b"{\"prompt_tokens\":-1,\"completion_tokens\":1e308,\"total_tokens\":0.5}",
    b"{\"prompt_tokens\":7.0,\"total_tokens\":3}",
    b"{\"total_tokens\":18446744073709551615}",
];

/// For `patterns`: a label, a shape and a text.
pub(crate) const PATTERNS: &[&[u8]] = &[
    b"badge no\nA-9999\nhis Badge No. is K-1234, and badge_no=k-1235",
    b"\n#CX-9999/XX\nsee #C7-1234/a9, please",
    b"Ausweis\n99 AA 99\nAUSWEIS: 12 ab 34",
    b"case\n9999999999\ncase %31234567890 or \\u0031234567890",
];

/// For `outbound`.
pub(crate) const URLS: &[&[u8]] = &[
    b"https://api.example.com/v1",
    b"https://api.example.com.:8443/v1?x=1",
    b"https://xn--bcher-kva.example.net/",
    b"https://my_bucket.example.com/%41",
    b"https://127.0.0.1/",
    b"https://0x7f.0.0.1/",
    b"https://0177.1/",
    b"https://2130706433/",
    b"https://[::ffff:127.0.0.1]:443/",
    b"https://[::1]/",
    b"https://localhost:80/",
    b"https://user:pass@example.com/",
    b"https://example.com\\@127.0.0.1/",
    b"https://example.com#@127.0.0.1/",
    b"https://a.internal./",
    b"http://10.0.0.1:11434/v1",
];
