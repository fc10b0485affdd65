"""The API of OpenAI at `/v1`: chat completions, pictures and models, for clients written for it."""
