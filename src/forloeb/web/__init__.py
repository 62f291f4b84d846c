"""The pages: Danish first, for the practice and for the patient. They translate; they do not decide."""
