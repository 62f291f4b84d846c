"""What is known of each patient on a day, as one row of a table: what rules are asked about, whoever asks them."""
