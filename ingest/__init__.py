"""How one piece of news becomes an Article and a Signature: plain functions and frozen values."""
