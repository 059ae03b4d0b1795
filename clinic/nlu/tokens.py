"""spaCy's English tokens, in Rasa's Tokenizer form."""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.lang.en import English


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class Tokens(Tokenizer):
    """Splits text with spaCy's rules alone; no model is loaded for it."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See rasa.engine.graph.GraphComponent."""
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
        }

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        english = English()
        # What else spaCy would find out of each new word, a fifth of a millisecond a message.
        english.vocab.lex_attr_getters.clear()  # type: ignore[attr-defined]
        self._tokenizer = english.tokenizer

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the examples as they are: no component learns from tokens."""
        return training_data

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Return the tokens of one attribute, without white space."""
        tokens = self._tokenizer(message.get(attribute))
        return [Token(token.text, token.idx) for token in tokens if not token.is_space]
