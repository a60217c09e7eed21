package codicefiscale

// odd are the values of the characters in odd places (first, third, ...), for
// '0' to '9' and for 'A' to 'Z'; in even places a character counts as its order.
// DM 23 December 1976, art. 7.
var odd = struct{ digits, letters [26]int }{
	digits:  [26]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21},
	letters: [26]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23},
}

// checkCharacter of the first fifteen characters, as written: the check is made
// over the omocodia letters, not over the digits that they stand for.
func checkCharacter(s string) byte {
	sum := 0
	for i := range len(s) {
		digit := s[i] <= '9'
		switch {
		case i%2 == 0 && digit:
			sum += odd.digits[s[i]-'0']
		case i%2 == 0:
			sum += odd.letters[s[i]-'A']
		case digit:
			sum += int(s[i] - '0')
		default:
			sum += int(s[i] - 'A')
		}
	}
	return byte('A' + sum%26)
}
