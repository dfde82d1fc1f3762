package rollout

import (
	"encoding/json"
	"errors"
	"io"
	"math"
)

// A job's file is a line for the job and one for each of its rows, so that nobody has to hold it as a whole.

// write writes the file.
func (j *savedJob) write(w io.Writer) error {
	out := json.NewEncoder(w)
	head := *j
	head.Rows, head.Members = nil, nil
	if err := out.Encode(head); err != nil {
		return err
	}
	for _, r := range j.rows() {
		if err := out.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

// readJob reads the file back, at most so many rows of it.
func readJob(r io.ReaderAt, most int) (*savedJob, error) {
	in := json.NewDecoder(io.NewSectionReader(r, 0, math.MaxInt64))
	j := &savedJob{}
	if err := in.Decode(j); err != nil {
		return nil, err
	}
	into := &j.Rows
	if j.Group != "" {
		into = &j.Members
	}
	for len(*into) < most {
		var row savedRow
		if err := in.Decode(&row); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		*into = append(*into, row)
	}
	return j, nil
}
