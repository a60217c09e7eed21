package ui

// Layout is what stands around a page. A product fills the first group from
// the request; web.Site fills the second.
type Layout struct {
	// User is the name of the signed-in person, "" when nobody is.
	User string
	// UserURL leads to the person's own page; may be "".
	UserURL string
	// LogoutURL receives the POST of the sign-out button; may be "".
	LogoutURL string
	// Nav is the main navigation, left out when empty.
	Nav []NavItem

	// Path is the path of the request.
	Path string
	// Links switch the language of this page, one per language.
	Links []LangLink
	// Notice is the catalogue key of the message left by the last request.
	Notice string
	// Demo shows the banner "Federazione di prova".
	Demo bool
	// LogoURL and ThemeURL serve the theme's logo and custom properties; "" when
	// the theme has none.
	LogoURL, ThemeURL string
	// Plain leaves out navigation and user, for pages in the middle of a flow
	// and errors.
	Plain bool
}

// NavItem is one link of the main navigation.
type NavItem struct {
	Key     string // catalogue key
	URL     string
	Current bool
}

// LangLink shows the same page in another language.
type LangLink struct {
	Lang    string // "it"
	URL     string
	Current bool
}
