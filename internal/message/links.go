package message

import (
	"net/url"
	"regexp"
	"strings"
)

// Hosts where people leave files for others; subdomains too.
var clouds = []string{
	"drive.google.com", "docs.google.com", "photos.app.goo.gl", "disk.yandex.ru", "disk.yandex.kz", "disk.yandex.com", "disk.360.yandex.ru",
	"yadi.sk", "cloud.mail.ru", "files.mail.ru", "1drv.ms", "onedrive.live.com", "sharepoint.com", "dropbox.com", "db.tt", "dropboxusercontent.com",
	"icloud.com", "mega.nz", "mega.io", "wetransfer.com", "we.tl", "box.com", "pcloud.com", "files.fm", "dropmefiles.com", "mediafire.com", "fex.net", "transfer.sh",
}

var urlPattern = regexp.MustCompile(`(?i)\bhttps?://[^\s<>"'\x{00ab}\x{00bb}]+`)

// cloudLinks picks the links to cloud storage, each once.
func cloudLinks(hrefs []string, text string) []string {
	var out []string
	seen := map[string]bool{}
	var found []string
	if strings.Contains(text, "://") { // the expression is slow, and most letters have none
		found = urlPattern.FindAllString(text, 2000)
	}
	for _, raw := range append(found, hrefs...) {
		link := strings.TrimRight(strings.TrimSpace(raw), ".,;:!?)]}")
		u, err := url.Parse(link)
		if err != nil {
			continue
		}
		if target := u.Query().Get("url"); strings.HasSuffix(u.Hostname(), "safelinks.protection.outlook.com") && target != "" {
			link = target
			if u, err = url.Parse(link); err != nil {
				continue
			}
		}
		if !seen[link] && isCloud(strings.ToLower(u.Hostname())) && len(out) < 50 {
			seen[link] = true
			out = append(out, link)
		}
	}
	return out
}

func isCloud(host string) bool {
	for _, c := range clouds {
		if host == c || strings.HasSuffix(host, "."+c) {
			return true
		}
	}
	return false
}
