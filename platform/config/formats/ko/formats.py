"""How Koreans write instants: the half of the day stands before its hour, which Django has the other way round."""

TIME_FORMAT = "A g:i"
DATETIME_FORMAT = "Y년 n월 j일 A g:i"
SHORT_DATETIME_FORMAT = "Y-n-j H:i"
