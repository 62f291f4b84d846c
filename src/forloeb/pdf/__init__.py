"""The plan on paper: PDF/UA-1 by typst. Knows no database and no pages: it is given words and draws them."""
