"""Adapters: how a prompt is spelled and a reply is read."""

from .compact import CompactAdapter
from .prompted import PromptedChat, PromptedJSON

__all__ = ["CompactAdapter", "PromptedChat", "PromptedJSON"]
