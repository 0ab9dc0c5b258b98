package doctext

func (x *reading) image(f *File, data []byte) error {
	f.Reason = NeedsOCR
	return nil
}
