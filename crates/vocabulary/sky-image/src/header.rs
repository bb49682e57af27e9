//! FITS header cards in memory, in the order of the file. Reading and writing them is `sky-fits`' business.

/// The value of a card.
#[derive(Clone, Debug, PartialEq)]
pub enum CardValue {
    /// `T` or `F`.
    Logical(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a point or an exponent.
    Real(f64),
    /// A string without its quotes and trailing blanks.
    Text(String),
    /// A card without a value (COMMENT, HISTORY, blank or undefined).
    None,
}

/// One card: keyword, value, comment.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// Keyword, upper case, at most eight characters (longer for HIERARCH).
    pub keyword: String,
    /// Value.
    pub value: CardValue,
    /// Comment, or the text of a COMMENT or HISTORY card.
    pub comment: String,
}

/// The cards of one HDU in file order. Where a keyword stands twice the first one counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Header {
    cards: Vec<Card>,
}

impl Header {
    /// An empty header.
    pub fn new() -> Self {
        Self::default()
    }

    /// All cards in file order.
    pub fn cards(&self) -> &[Card] {
        &self.cards
    }

    /// Adds a card at the end.
    pub fn push(&mut self, keyword: &str, value: CardValue, comment: &str) {
        self.cards.push(Card { keyword: keyword.to_owned(), value, comment: comment.to_owned() });
    }

    /// Replaces the first card of that keyword, or adds one.
    pub fn set(&mut self, keyword: &str, value: CardValue, comment: &str) {
        match self.cards.iter_mut().find(|card| card.keyword == keyword) {
            Some(card) => {
                card.value = value;
                comment.clone_into(&mut card.comment);
            }
            None => self.push(keyword, value, comment),
        }
    }

    /// Removes every card of that keyword.
    pub fn remove(&mut self, keyword: &str) {
        self.cards.retain(|card| card.keyword != keyword);
    }

    /// The value of the first card of that keyword.
    pub fn get(&self, keyword: &str) -> Option<&CardValue> {
        self.cards.iter().find(|card| card.keyword == keyword).map(|card| &card.value)
    }

    /// A number: integer or real, or a string that holds nothing but a number (as some archives write them).
    pub fn number(&self, keyword: &str) -> Option<f64> {
        match self.get(keyword)? {
            CardValue::Integer(value) => Some(*value as f64),
            CardValue::Real(value) => Some(*value),
            CardValue::Text(text) => text.trim().parse().ok().filter(|value: &f64| value.is_finite()),
            CardValue::Logical(_) | CardValue::None => None,
        }
    }

    /// A whole number.
    pub fn integer(&self, keyword: &str) -> Option<i64> {
        match self.get(keyword)? {
            CardValue::Integer(value) => Some(*value),
            CardValue::Real(value) if value.fract() == 0.0 && value.abs() < 9.0e15 => Some(*value as i64),
            _ => None,
        }
    }

    /// A string, trimmed at both ends.
    pub fn text(&self, keyword: &str) -> Option<&str> {
        match self.get(keyword)? {
            CardValue::Text(text) => Some(text.trim()),
            _ => None,
        }
    }
}
