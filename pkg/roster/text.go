package roster

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// headerPeek is how many bytes are looked at to find out how a text is written.
const headerPeek = 64 << 10

// text is a source of CSV. encoding/csv counts lines; a row of a spreadsheet may have several, so what is counted here is
// lines without those inside of cells.
type text struct {
	r      *csv.Reader
	inside int // line ends inside of the cells so far
}

// openText finds out the encoding and the separator.
func openText(b *bufio.Reader) (source, error) {
	b, err := decoded(b)
	if err != nil {
		return nil, err
	}
	peeked, err := b.Peek(headerPeek)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	header := headerLine(string(peeked))
	if strings.Contains(strings.TrimRight(header, "\r\n"), "\r") && !strings.ContainsRune(header, '"') {
		return nil, damaged("its lines end in CR alone: save it as CSV UTF-8")
	}
	r := csv.NewReader(b)
	r.Comma = separator(header)
	r.FieldsPerRecord = -1
	r.ReuseRecord = true // the slice is used again; the strings in it are not
	return &text{r: r}, nil
}

func (*text) most() int { return MostRows }

func (t *text) next() (record, error) {
	cells, err := t.r.Read()
	var parse *csv.ParseError
	switch {
	case errors.As(err, &parse) && (errors.Is(err, csv.ErrQuote) || errors.Is(err, csv.ErrBareQuote)):
		u := &unreadable{line: parse.StartLine - t.inside, why: `a quotation mark stands where none can: put the cell in quotes, double those inside it, and close it`}
		t.inside += parse.Line - parse.StartLine
		return record{}, u
	case err != nil:
		return record{}, err
	}
	line, _ := t.r.FieldPos(0)
	rec := record{line: line - t.inside, cells: cells}
	for _, c := range cells {
		t.inside += strings.Count(c, "\n")
	}
	return rec, nil
}

// decoded takes the byte order mark off and turns UTF-16 into UTF-8.
func decoded(b *bufio.Reader) (*bufio.Reader, error) {
	begin, err := b.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch mark := string(begin); {
	case mark == "\xEF\xBB\xBF":
		_, err = b.Discard(3)
	case strings.HasPrefix(mark, "\xFF\xFE"):
		_, err = b.Discard(2)
		b = bufio.NewReaderSize(&wide{r: b, high: 1}, headerPeek)
	case strings.HasPrefix(mark, "\xFE\xFF"):
		_, err = b.Discard(2)
		b = bufio.NewReaderSize(&wide{r: b, high: 0}, headerPeek)
	default:
		return b, nil
	}
	return b, err
}

// broken stands for what is no UTF-16. It is no UTF-8 either, so that it is found by row and column like any such byte.
const broken = 0xFF

// wide reads UTF-16 as UTF-8.
type wide struct {
	r    *bufio.Reader
	high int    // which of two bytes is the high one
	out  []byte // decoded and not read yet
	err  error
}

func (w *wide) Read(p []byte) (int, error) {
	for len(w.out) < len(p) && w.err == nil {
		w.step()
	}
	n := copy(p, w.out)
	w.out = w.out[:copy(w.out, w.out[n:])]
	if n == 0 && len(p) > 0 {
		return 0, w.err
	}
	return n, nil
}

// step decodes one character.
func (w *wide) step() {
	first, ok := w.unit()
	if !ok {
		return
	}
	if !utf16.IsSurrogate(first) {
		w.out = utf8.AppendRune(w.out, first)
		return
	}
	if next, err := w.r.Peek(2); err == nil {
		if r := utf16.DecodeRune(first, w.join(next)); r != utf8.RuneError {
			_, w.err = w.r.Discard(2)
			w.out = utf8.AppendRune(w.out, r)
			return
		}
	}
	w.out = append(w.out, broken)
}

func (w *wide) unit() (rune, bool) {
	var two [2]byte
	n, err := io.ReadFull(w.r, two[:])
	if n == 1 {
		w.out = append(w.out, broken)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	w.err = err
	return w.join(two[:]), err == nil
}

func (w *wide) join(two []byte) rune { return rune(two[w.high])<<8 | rune(two[1-w.high]) }

// headerLine is the first row of s that is not empty, with its line ends.
func headerLine(s string) string {
	quoted, begin, empty := false, 0, true
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"':
			quoted, empty = !quoted, false
		case c == '\n' && !quoted && !empty:
			return s[begin : i+1]
		case c == '\n' && !quoted:
			begin = i + 1
		case !strings.ContainsRune(" \r,;\t", rune(c)):
			empty = false
		}
	}
	return s[begin:]
}

// separator is the one of comma, semicolon and tab that makes most sense of the header: that finds the most columns that
// are known here, and among equals the most columns.
func separator(header string) rune {
	best, most := ',', -1
	for _, comma := range ",;\t" {
		r := csv.NewReader(strings.NewReader(header))
		r.Comma, r.LazyQuotes = comma, true
		cells, _ := r.Read()
		score := len(cells)
		for _, c := range cells {
			if _, ok := known[folded(c)]; ok {
				score += headerPeek // no header has as many columns
			}
		}
		if score > most {
			best, most = comma, score
		}
	}
	return best
}
