"""The small networks that the lab ships: definitions, tokenizer and loader. Import the module you need."""
