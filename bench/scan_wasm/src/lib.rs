//! The scanner for personal data with two exports and nothing else, for its size and speed in V8.
//!
//! The caller asks for room ([`room`]), writes a text there, and has it scanned ([`scan()`]). Shipped with nothing.

#[cfg(feature = "bare")]
use neureus_core::{chat::path::Path, profile::Profiles, repeat};
#[cfg(not(feature = "bare"))]
use neureus_core::{
    profile::{Profile, Profiles},
    scan::{self, Kinds},
};
#[cfg(feature = "bare")]
use std::borrow::Cow;
use std::cell::RefCell;

thread_local! {
    static ROOM: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Room for a text of `length` bytes; good until it is asked for again.
#[unsafe(no_mangle)]
pub extern "C" fn room(length: usize) -> *mut u8 {
    ROOM.with_borrow_mut(|room| {
        room.clear();
        room.resize(length, 0);
        room.as_mut_ptr()
    })
}

/// In place of the scanner: something with what the gateway has anyway, digests, texts and whether bytes are one, their
/// allocator, and the paths of its refusals.
#[cfg(feature = "bare")]
#[unsafe(no_mangle)]
pub extern "C" fn scan(_is_body: u32) -> i32 {
    ROOM.with_borrow(|room| {
        let repeat = repeat::identify("", "", Profiles::default(), "", room);
        let text =
            std::str::from_utf8(room).map_or_else(|_| String::from_utf8_lossy(room), Cow::Borrowed);
        let refusal = Path::ROOT.field(&text).index(room.len()).invalid(&text);
        i32::from(repeat.id < refusal.path)
    })
}

/// How many kinds the text in the room has under all profiles: of a body if `is_body` is not 0, else of a text.
/// -1 for what cannot be scanned.
#[cfg(not(feature = "bare"))]
#[unsafe(no_mangle)]
pub extern "C" fn scan(is_body: u32) -> i32 {
    let all = Profile::ALL
        .into_iter()
        .fold(Profiles::default(), Profiles::with);
    let count = |kinds: Kinds| i32::try_from(kinds.iter().count()).unwrap_or(-1);
    ROOM.with_borrow(|room| match (is_body, std::str::from_utf8(room)) {
        (0, Ok(text)) => count(scan::text(text, all)),
        (0, Err(_)) => -1,
        _ => scan::body(room, all).map_or(-1, count),
    })
}
