package command

import (
	"slices"

	"golang.org/x/text/language"
)

// maxLocaleHeader bounds what is read of a header that names languages, in bytes.
const maxLocaleHeader = 1024

var localeMatcher = matcherOf(Locales)

// matcherOf makes what finds the locales that languages are closest to.
func matcherOf(locales []string) language.Matcher {
	tags := make([]language.Tag, len(locales))
	for i, locale := range locales {
		if locale == "no" {
			locale = "nb" // as browsers say, which would be thought closest to Danish otherwise
		}
		tags[i] = language.MustParse(locale)
	}
	return language.NewMatcher(tags)
}

// nextLocales are the locales in which somebody is shown texts that are not there in their own (Discord's documentation, "Locale fallbacks").
var nextLocales = map[string]string{"en-US": "en-GB", "en-GB": "en-US", "es-419": "es-ES"}

// PreferredLocales gives the locales that somebody reads, the best first: those of X-Discord-Locale if that names one, otherwise those of Accept-Language. What cannot be read is no locale.
func PreferredLocales(chosen, accepted string) (locales []string) {
	add := func(locale string) {
		if locale != "" && !slices.Contains(locales, locale) {
			locales = append(locales, locale)
		}
	}
	if slices.Contains(Locales, chosen) {
		add(chosen)
		add(nextLocales[chosen])
		return locales
	}
	if len(accepted) > maxLocaleHeader {
		return nil
	}
	tags, _, err := language.ParseAcceptLanguage(accepted)
	if err != nil {
		return nil
	}
	for _, tag := range tags {
		if _, at, sure := localeMatcher.Match(tag); sure >= language.High {
			add(Locales[at])
			add(nextLocales[Locales[at]])
		}
	}
	return locales
}

// Translated gives the first of some translations that is in one of some locales; empty for none.
func Translated(texts map[string]string, locales []string) string {
	for _, locale := range locales {
		if text := texts[locale]; text != "" {
			return text
		}
	}
	return ""
}
