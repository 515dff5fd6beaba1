"""How people ask: words for columns, phrases for conditions, sentences for shapes, registers for styles."""
