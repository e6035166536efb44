//! Nodes into Rust types, through serde. Every error carries its node.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use super::arena::{Children, Entries, Kind, NodeId, Style, Yaml};
use super::scalar::Plain;

/// Why a node could not be decoded.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct DecodeError {
    /// The node, where one is to blame.
    pub node: Option<NodeId>,
    pub message: String,
}

impl de::Error for DecodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { node: None, message: message.to_string() }
    }
}

/// Decodes the tree below a node.
pub fn decode<T: DeserializeOwned>(yaml: &Yaml, source: &str, root: NodeId) -> Result<T, DecodeError> {
    decode_without(yaml, source, root, &BTreeSet::new())
}

/// Decodes the tree below a node as if the nodes of `left_out` were not there: fields, by their keys,
/// are missing, and items of sequences are null.
pub fn decode_without<T: DeserializeOwned>(
    yaml: &Yaml,
    source: &str,
    root: NodeId,
    left_out: &BTreeSet<NodeId>,
) -> Result<T, DecodeError> {
    T::deserialize(Decoder { yaml, source, node: root, left_out })
}

#[derive(Clone, Copy)]
struct Decoder<'a> {
    yaml: &'a Yaml,
    source: &'a str,
    node: NodeId,
    left_out: &'a BTreeSet<NodeId>,
}

impl<'a> Decoder<'a> {
    fn at(self, node: NodeId) -> Self {
        Self { node, ..self }
    }

    fn text(self) -> &'a str {
        self.yaml.text(self.source, self.node).unwrap_or_default()
    }

    fn error(self, message: impl fmt::Display) -> DecodeError {
        DecodeError { node: Some(self.node), message: message.to_string() }
    }

    fn is_null(self) -> bool {
        self.yaml.node(self.node).kind == Kind::Scalar(Style::Plain) && Plain::is_null(self.text())
    }

    fn blamed<T>(self, result: Result<T, DecodeError>) -> Result<T, DecodeError> {
        result.map_err(|error| DecodeError { node: error.node.or(Some(self.node)), ..error })
    }
}

impl<'de> de::Deserializer<'de> for Decoder<'de> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let result = match self.yaml.node(self.node).kind {
            Kind::Mapping => visitor.visit_map(FieldAccess {
                decoder: self,
                rest: self.yaml.entries(self.node),
                value: None,
            }),
            Kind::Sequence => visitor.visit_seq(Items { decoder: self, rest: self.yaml.children(self.node) }),
            Kind::Scalar(Style::Quoted | Style::Block) => visitor.visit_str(self.text()),
            Kind::Scalar(Style::Plain) => match Plain::of(self.text()) {
                Plain::Null => visitor.visit_unit(),
                Plain::Bool(value) => visitor.visit_bool(value),
                Plain::Int => match Plain::int(self.text()) {
                    Some(value) => visitor.visit_i64(value),
                    None => Err(self.error("the number is too large")),
                },
                Plain::Float => match self.text().parse() {
                    Ok(value) => visitor.visit_f64(value),
                    Err(_) => Err(self.error("the number cannot be kept")),
                },
                Plain::Ambiguous | Plain::Text => visitor.visit_str(self.text()),
            },
            Kind::Alias | Kind::Unresolved => Err(self.error("the alias stands for nothing")),
        };
        self.blamed(result)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    /// A field of text takes its scalar as it is written: which plain words are text is for the
    /// shape check to say.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.yaml.node(self.node).kind {
            Kind::Scalar(_) => self.blamed(visitor.visit_str(self.text())),
            Kind::Mapping | Kind::Sequence | Kind::Alias | Kind::Unresolved => self.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct FieldAccess<'a> {
    decoder: Decoder<'a>,
    rest: Entries<'a>,
    value: Option<NodeId>,
}

impl<'de> MapAccess<'de> for FieldAccess<'de> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        let Some((key, value)) = self.rest.find(|(key, _)| !self.decoder.left_out.contains(key)) else {
            return Ok(None);
        };
        self.value = Some(value);
        let decoder = self.decoder.at(key);
        let Some(text) = decoder.yaml.text(decoder.source, key) else {
            return Err(decoder.error("a field's name is text"));
        };
        decoder.blamed(seed.deserialize(text.into_deserializer())).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DecodeError> {
        match self.value.take() {
            Some(value) => seed.deserialize(self.decoder.at(value)),
            None => Err(self.decoder.error("a value was asked for before its key")),
        }
    }
}

struct Items<'a> {
    decoder: Decoder<'a>,
    rest: Children<'a>,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        match self.rest.next() {
            // An item that is left out keeps its number: the others must keep theirs.
            Some(item) if self.decoder.left_out.contains(&item) => {
                seed.deserialize(().into_deserializer()).map(Some)
            }
            Some(item) => seed.deserialize(self.decoder.at(item)).map(Some),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::{decode, decode_without};
    use crate::source::yaml::read;

    #[test]
    fn reads_values_of_the_core_schema() {
        let source = "a: 1\nb: [x, 'true', true, ~, 1.5, no]\nc: {d: >\n  folded\n  text\n  }\n";
        let source = &source[..source.find("c:").unwrap()];
        let yaml = read(source);
        let value: serde_json::Value = decode(&yaml, source, yaml.documents()[0].root.unwrap()).unwrap();
        assert_eq!(value, serde_json::json!({"a": 1, "b": ["x", "true", true, null, 1.5, "no"]}));
    }

    #[test]
    fn what_is_left_out_is_not_there() {
        let source = "a: x\nb: [p, q]\nc: y\n";
        let yaml = read(source);
        let root = yaml.documents()[0].root.unwrap();
        let (_, list) = yaml.field(source, root, "b").unwrap();
        let left_out =
            BTreeSet::from([yaml.field(source, root, "a").unwrap().0, yaml.children(list).next().unwrap()]);
        let value: serde_json::Value = decode_without(&yaml, source, root, &left_out).unwrap();
        assert_eq!(value, serde_json::json!({"b": [null, "q"], "c": "y"}));
    }

    #[test]
    fn an_error_carries_its_node() {
        let source = "a: {b: x}\n";
        let yaml = read(source);
        let root = yaml.documents()[0].root.unwrap();
        let error = decode::<BTreeMap<String, BTreeMap<String, u32>>>(&yaml, source, root).unwrap_err();
        let (_, a) = yaml.field(source, root, "a").unwrap();
        let (_, b) = yaml.field(source, a, "b").unwrap();
        assert_eq!(error.node, Some(b));
    }
}
