package part

import (
	"net/url"
	"strconv"
)

// pageNumbers are those shown around page of pages: first, last and the neighbours; 0 stands for a gap.
func pageNumbers(page, pages int) []int {
	var out []int
	for p := 1; p <= pages; p++ {
		near := p == 1 || p == pages || (p >= page-1 && p <= page+1) || (page <= 2 && p <= 3)
		switch {
		case near:
			out = append(out, p)
		case out[len(out)-1] != 0:
			out = append(out, 0)
		}
	}
	return out
}

// PagesOf fits a list of total rows into pages of size rows; page is cut to what there is.
func PagesOf(path string, query url.Values, page, size, total int) PagesView {
	pages := max(1, (total+size-1)/size)
	page = min(max(page, 1), pages)
	return PagesView{
		From: min(total, (page-1)*size+1), To: min(total, page*size), Total: total, Page: page, Pages: pages,
		Href: func(p int) string { return HrefWith(path, query, "page", strconv.Itoa(p)) },
	}
}

// HrefWith is the address of a list with some of its query changed: pairs of name and value, an empty
// value takes the name out. A change of anything but the page goes back to the first page.
func HrefWith(path string, query url.Values, pairs ...string) string {
	q := url.Values{}
	for k, v := range query {
		q[k] = v
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] != "page" {
			q.Del("page")
		}
		q.Del(pairs[i])
		if pairs[i+1] != "" && !(pairs[i] == "page" && pairs[i+1] == "1") {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	q.Del("lang")
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}
