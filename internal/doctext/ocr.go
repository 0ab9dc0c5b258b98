package doctext

const maxOCRPages = 8

func (x *reading) recognisePDF(data []byte, page int) (Page, Reason, error) {
	return Page{}, NeedsOCR, nil
}
