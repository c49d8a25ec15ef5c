//! Which call of an answer a piece belongs to, also where the backend does not say.
//!
//! OpenAI numbers the calls of a stream. Workers AI sends each whole and numbers none; some servers that are called
//! compatible send pieces without numbers: there a new id, or else a name, begins a call, and what has neither goes
//! on with the last one.

use crate::chat::backend::Call;
use crate::chat::json::Json;

/// Counts calls that have no number of their own.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    begun: u64,
    /// The id of the last one.
    id: String,
}

impl Numbering {
    /// Reads a piece of a call.
    pub(super) fn piece<'j>(&mut self, call: &'j Json<'_>) -> Call<'j> {
        let mut piece = Call::read(call, self.begun.saturating_sub(1));
        if !is_numbered(call) && self.begins(&piece) {
            piece.index = self.next();
            self.id = piece.id.as_deref().unwrap_or_default().to_owned();
        }
        piece
    }

    /// Reads a whole call, and gives it an id if it has none.
    pub(super) fn whole<'j>(&mut self, call: &'j Json<'_>) -> Call<'j> {
        let position = self.next();
        Call::read(call, position).with_id()
    }

    fn next(&mut self) -> u64 {
        let index = self.begun;
        self.begun = index.saturating_add(1);
        index
    }

    fn begins(&self, piece: &Call<'_>) -> bool {
        match piece.id.as_deref() {
            None | Some("") => piece.name.is_some_and(|name| !name.is_empty()),
            Some(id) => self.begun == 0 || id != self.id,
        }
    }
}

fn is_numbered(call: &Json<'_>) -> bool {
    matches!(call.get("index"), Some(Json::Unsigned(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indices(pieces: &[&str]) -> Vec<u64> {
        let mut numbering = Numbering::default();
        let index = |text: &&str| {
            numbering
                .piece(&Json::parse(text.as_bytes()).unwrap())
                .index
        };
        pieces.iter().map(index).collect()
    }

    const MORE: &str = r#"{"function":{"arguments":"1"}}"#;

    #[test]
    fn a_number_is_believed() {
        let pieces = [
            r#"{"index":1,"id":"b","function":{"name":"g"}}"#,
            r#"{"index":0,"id":"a","function":{"name":"f"}}"#,
            r#"{"index":1,"function":{"arguments":"1"}}"#,
        ];
        assert_eq!(indices(&pieces), [1, 0, 1]);
    }

    #[test]
    fn without_one_a_new_id_or_else_a_name_begins_a_call() {
        let ids = [
            r#"{"id":"a","function":{"name":"f","arguments":""}}"#,
            MORE,
            r#"{"id":"a","function":{"name":"f","arguments":"2"}}"#,
            r#"{"id":"b","index":null,"function":{"name":"f"}}"#,
            r#"{"id":"","function":{"name":"","arguments":"3"}}"#,
        ];
        assert_eq!(indices(&ids), [0, 0, 0, 1, 1]);
        let names = [
            r#"{"function":{"name":"f"}}"#,
            MORE,
            r#"{"function":{"name":"f"}}"#,
            MORE,
        ];
        assert_eq!(indices(&names), [0, 0, 1, 1]);
        assert_eq!(indices(&[MORE, MORE]), [0, 0], "of nothing that has begun");
    }

    #[test]
    fn whole_calls_get_ids_by_their_place() {
        let mut numbering = Numbering::default();
        for (index, id) in [(0, "call_0"), (1, "call_1")] {
            let json = Json::parse(br#"{"name":"f","arguments":{"a":1}}"#).unwrap();
            let call = numbering.whole(&json);
            assert_eq!((call.index, call.id.as_deref()), (index, Some(id)));
        }
    }
}
