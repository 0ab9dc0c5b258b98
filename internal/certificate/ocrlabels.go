package certificate

func (s *source) nearLabels(x span, found []label) []label { return nil }
