//! Log lines as events: what a step says to people goes the same way as what happens to its units.

use std::fmt::Debug;

use step_contract::Event;
use tracing::field::{Field, Visit};
use tracing::{Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use crate::events::Events;

/// Turns warnings and messages into events.
pub(crate) struct EventLayer(pub(crate) Events);

/// The unit that a span is about.
struct UnitOfSpan(String);

/// The fields of a span or of a log line that events have.
#[derive(Default)]
struct Words {
    message: String,
    unit: Option<String>,
    others: Vec<String>,
}

impl Visit for Words {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => value.clone_into(&mut self.message),
            "unit" => self.unit = Some(value.to_owned()),
            name => self.others.push(format!("{name}={value}")),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for EventLayer {
    fn on_new_span(&self, attributes: &tracing::span::Attributes<'_>, id: &tracing::Id, context: Context<'_, S>) {
        let mut words = Words::default();
        attributes.record(&mut words);
        if let (Some(unit), Some(span)) = (words.unit, context.span(id)) {
            span.extensions_mut().insert(UnitOfSpan(unit));
        }
    }

    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        let mut words = Words::default();
        event.record(&mut words);
        let unit = words.unit.or_else(|| {
            let spans = context.event_scope(event)?;
            spans.into_iter().find_map(|span| span.extensions().get::<UnitOfSpan>().map(|unit| unit.0.clone()))
        });
        let message = std::iter::once(words.message).chain(words.others).collect::<Vec<_>>().join(" ");
        let level = *event.metadata().level();
        self.0.tell(&if level == Level::WARN {
            Event::Warning { unit, warning: None, message }
        } else {
            Event::Message { is_error: level == Level::ERROR, unit, message }
        });
    }
}
