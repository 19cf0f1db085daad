package profile

// What a layer above may do with what a layer below says. The law of a country is in
// its built-in folder; a ministry that lays a folder over it makes its own words of
// names, texts, calendars and contacts, and may make what the law says stricter, never
// weaker (TR-IC-1, KG-ER-6a to 7b). This table is the only place where that is decided:
// every key of every type stands in floors or in ministrysOwn, and a test asks for it.

// floor says in which direction a key may be moved, and what a move the other way would allow.
type floor struct {
	may   direction
	would string // what would be possible without the floor, for whoever tried
	base  bool   // holds for a country over the layer it extends, too; else for a ministry over its country
	all   bool   // holds for every layer, the first that says anything decides
}

const (
	someoneElse = "somebody whom the law does not name could give the role"
	oneAlone    = "one person alone could give, take over and take away the role"
	unread      = "a refusal would rest on another law than the country's"
	unheld      = "records that the law forbids could be kept"
	unsigned    = "people could work without having signed what the law asks of them"
	unagreed    = "data could be kept without the consent that the law asks for"
	alwaysOpen  = "data could be written while the law holds it closed"
	elsewhere   = "whoever works there would gain or lose rights"
)

// floors are the keys that a layer above may only make stricter. "remove" of an entry is a key, too.
var floors = map[string]floor{
	"ProfileFile.extends":      {may: fixed, would: "the limits that no country may leave would be others"},
	"ProfileFile.time_zone":    {may: fixed, would: "a day would end at another time than the law's"},
	"ProfileFile.phone_region": {may: fixed, would: "numbers that are kept would be read otherwise"},
	"ProfileFile.source":       {may: fixed, would: unread},
	"Languages.official":       {may: fixed, would: "texts that people sign could be missing in an official language"},

	"Level.parents": {may: fixed, would: elsewhere},
	"Level.source":  {may: fixed, would: unread},
	"Level.remove":  {may: kept, would: elsewhere},

	"Section.covers":  {may: added, would: alwaysOpen},
	"Section.by_term": {may: onlyOn, would: "a window could leave less than the ten days after a term"},
	"Section.source":  {may: fixed, would: unread},
	"Section.remove":  {may: kept, would: alwaysOpen},

	"Switch.on":     {may: switched, would: "what the law closes would be open"},
	"Switch.source": {may: fixed, would: unread},
	"Switch.remove": {may: kept, would: "what the law closes would be open", base: true},

	"Limit.unit":   {may: fixed, would: "a number would mean something else", all: true},
	"Limit.least":  {may: fixed, would: "a value below what the base allows", all: true},
	"Limit.most":   {may: fixed, would: "a value above what the base allows", all: true},
	"Limit.values": {may: limited, would: "a weaker value than the country's would hold"},
	"Limit.source": {may: fixed, would: unread},
	"Limit.remove": {may: kept, would: "nothing would be limited", base: true},

	"Law.remove":     {may: kept, would: unread},
	"Law.kind":       {may: fixed, would: unread},
	"Law.number":     {may: fixed, would: unread},
	"Law.date":       {may: fixed, would: unread},
	"Law.title":      {may: languages, would: unread},
	"Law.short":      {may: languages, would: unread},
	"Article.name":   {may: languages, would: unread},
	"Law.since":      {may: closed, would: unread},
	"Law.until":      {may: closed, would: unread},
	"Article.remove": {may: kept, would: unread},
	"Article.since":  {may: closed, would: unread},
	"Article.until":  {may: closed, would: unread},
	"Rule.source":    {may: fixed, would: unread},
	"Rule.also":      {may: added, would: unread},
	"Rule.about":     {may: fixed, would: "a refusal would name a rule that says nothing of it"},
	"Rule.name":      {may: languages, would: "a refusal would name another rule than the law's"},
	"Rule.remove":    {may: kept, would: "a refusal would name no rule"},

	"TypeGroup.remove":   {may: kept, would: elsewhere},
	"TypeGroup.source":   {may: fixed, would: unread},
	"Directorate.kind":   {may: fixed, would: elsewhere},
	"Directorate.source": {may: fixed, would: unread},
	"Directorate.remove": {may: kept, would: elsewhere},
	"Directorate.since":  {may: closed, would: elsewhere},
	"Directorate.until":  {may: closed, would: elsewhere},
	"Office.level":       {may: fixed, would: elsewhere},
	"Office.source":      {may: fixed, would: unread},
	"Office.remove":      {may: kept, would: elsewhere},
	"Office.since":       {may: closed, would: elsewhere},
	"Office.until":       {may: closed, would: elsewhere},
	"Type.group":         {may: fixed, would: "somebody whom the law does not name could give access to such institutions"},
	"Type.overseer":      {may: fixed, would: "a directorate that the law does not name would oversee such institutions"},
	"Type.parents":       {may: fewer, would: elsewhere},
	"Type.source":        {may: fixed, would: unread},
	"Type.remove":        {may: kept, would: elsewhere},
	"Type.since":         {may: closed, would: elsewhere},
	"Type.until":         {may: closed, would: elsewhere},

	"Register.source": {may: fixed, would: unread},
	"Register.remove": {may: kept, would: unheld, base: true},
	"Group.category":  {may: fixed, would: "data would be treated as another kind than the law's", base: true},
	"Group.owner":     {may: fixed, would: "data that another register owns could be typed here again"},
	"Group.sealed":    {may: onlyOn, would: "what the law seals could be read with an ordinary right", base: true},
	"Group.when":      {may: closed, would: "fields that must be there would be asked for nowhere"},
	"Group.remove":    {may: kept, would: unheld, base: true},
	"Basis.law":       {may: fixed, would: unread},
	"Basis.consent":   {may: fixed, would: unagreed},
	"Basis.duty":      {may: fixed, would: unread},
	"Field.type":      {may: fixed, would: "values that are kept would be read otherwise"},
	"Field.unit":      {may: languages, would: "values that are kept would be read otherwise"},
	"Field.decimals":  {may: fixed, would: "values that are kept would be read otherwise"},
	"Field.min":       {may: higher, would: unheld},
	"Field.max":       {may: lower, would: unheld},
	"Field.earliest":  {may: later, would: unheld},
	"Field.latest":    {may: fixed, would: unheld},
	"Field.pattern":   {may: fixed, would: unheld},
	"Field.required":  {may: fixed, would: "what the law asks for could be left out"},
	"Field.check":     {may: fixed, would: unheld},
	"Field.derived":   {may: fixed, would: "a value that follows from others could be typed"},
	"Field.unique":    {may: onlyOn, would: "two records could share a value that belongs to one", base: true},
	"Field.since":     {may: unbinding, would: unheld},
	"Field.until":     {may: unbinding, would: unheld},
	"Field.when":      {may: unbinding, would: unheld},
	"Field.source":    {may: fixed, would: unread},
	"Field.remove":    {may: unbindingRemoval, would: unheld},

	"Book.source":            {may: fixed, would: unread},
	"Book.remove":            {may: kept, would: unheld},
	"Identifier.since":       {may: closed, would: unheld},
	"Identifier.until":       {may: closed, would: unheld},
	"Identifier.of":          {may: fixed, would: unheld},
	"Identifier.strip":       {may: fixed, would: unheld},
	"Identifier.upper":       {may: fixed, would: unheld},
	"Identifier.pattern":     {may: fixed, would: unheld},
	"Identifier.check":       {may: fixed, would: unheld},
	"Identifier.derive":      {may: fixed, would: unheld},
	"Identifier.valid":       {may: added, would: unheld},
	"Identifier.invalid":     {may: added, would: unheld},
	"Identifier.source":      {may: fixed, would: unread},
	"Identifier.remove":      {may: kept, would: unheld},
	"Form.since":             {may: closed, would: unagreed},
	"Form.until":             {may: closed, would: unagreed},
	"Form.of":                {may: added, would: unagreed},
	"Form.covers":            {may: added, would: unagreed},
	"Form.signer":            {may: fixed, would: "somebody whom the law does not name could sign"},
	"Form.revocable":         {may: onlyOn, would: "nobody could take a consent back"},
	"Form.kept_in":           {may: fixed, would: unagreed},
	"Form.use":               {may: languages, would: "data could be used for what nobody agreed to"},
	"Form.source":            {may: fixed, would: unread},
	"Form.remove":            {may: kept, would: unagreed},
	"Undertaking.since":      {may: closed, would: unsigned},
	"Undertaking.until":      {may: closed, would: unsigned},
	"Undertaking.renew":      {may: fixed, would: unsigned},
	"Undertaking.kept_in":    {may: fixed, would: unsigned},
	"Undertaking.source":     {may: fixed, would: unread},
	"Undertaking.remove":     {may: kept, would: unsigned},
	"Notice.source":          {may: fixed, would: unread},
	"Notice.remove":          {may: kept, would: "people could not read what they are entitled to"},
	"Undertaking.renew_days": {may: renewed, would: unsigned},

	"Role.since":          {may: closed, would: "nobody, or somebody else, would do what the law gives the role"},
	"Role.until":          {may: closed, would: "nobody, or somebody else, would do what the law gives the role"},
	"Role.level":          {may: fixed, would: someoneElse, base: true},
	"Role.offices":        {may: fewer, would: "the role could be held where the law does not put it", base: true},
	"Role.institutions":   {may: fewer, would: "the role could be held where the law does not put it", base: true},
	"Role.person":         {may: fixed, would: "another kind of person could hold the role", base: true},
	"Role.granted_by":     {may: granted, would: someoneElse, base: true},
	"Role.order":          {may: raised("none", "none", "optional", "required"), would: "the role could be given without an order", base: true},
	"Role.identification": {may: raised("none", "none", "required"), would: "the role could be given to somebody who was not identified", base: true},
	"Role.notify":         {may: added, would: "those above would not be told", base: true},
	"Role.before_use":     {may: added, would: "the role could be used without what must come before", base: true},
	"Role.guarded":        {may: onlyOn, would: oneAlone, base: true},
	"Role.one_holder":     {may: onlyOn, would: "a post of one person could be given to a second unasked", base: true},
	"Role.source":         {may: fixed, would: unread},
	"Role.remove":         {may: kept, would: "nobody would do what the law gives the role", base: true},

	"Window.section":     {may: fixed, would: alwaysOpen},
	"Window.term":        {may: fixed, would: "a window could leave less than the ten days after a term"},
	"Window.extended_by": {may: fixed, would: "somebody whom the law does not name could keep it open"},
	"AfterClose.by":      {may: raised("nobody", "change_request", "nobody"), would: "what is closed could be changed otherwise than the law says"},
	"AfterClose.attach":  {may: added, would: "what is closed could be changed without the papers that the law asks for"},
}

// ministrysOwn are the keys that a layer above may say otherwise: names, texts, contacts,
// the calendar, and what a field shows. Nothing that the law decides is among them.
var ministrysOwn = []string{
	"Amendment.changes", "Amendment.note", "Amendment.on", "Amendment.remove", "Amendment.source",
	"Article.note",
	"Book.extensible", "Book.name",
	"Break.end", "Break.grades", "Break.name", "Break.remove", "Break.start", "Break.types",
	"Contact.email", "Contact.hours", "Contact.name", "Contact.note", "Contact.phone", "Contact.remove", "Contact.source", "Contact.url",
	"Directorate.code", "Directorate.name", "Directorate.short",
	"Field.aliases", "Field.check_note", "Field.example", "Field.filter", "Field.help", "Field.name", "Field.other_units", "Field.unit_aliases",
	"Form.name",
	"Group.help", "Group.name",
	"Holiday.end", "Holiday.from", "Holiday.name", "Holiday.remove", "Holiday.source", "Holiday.start", "Holiday.until",
	"Identifier.help", "Identifier.name", "Identifier.short",
	"InstitutionsFile.name_words",
	"Languages.letters",
	"Languages.offered",
	"Law.issuer", "Law.note", "Law.published", "Law.replaces", "Law.url",
	"Level.name", "Level.plural",
	"Limit.name",
	"Notice.name",
	"Office.code", "Office.name", "Office.of",
	"Page.body", "Page.name", "Page.remove",
	"ProfileFile.accent_colour", "ProfileFile.directory_note", "ProfileFile.email_domains", "ProfileFile.ministry", "ProfileFile.name", "ProfileFile.name_order", "ProfileFile.version",
	"Register.name",
	"Role.help", "Role.name",
	"SchoolYear.end", "SchoolYear.name", "SchoolYear.note", "SchoolYear.source", "SchoolYear.start", "SchoolYear.status", "SchoolYear.weekend",
	"Section.name",
	"Switch.name",
	"Term.end", "Term.name", "Term.remove", "Term.start",
	"Type.abroad", "Type.aliases", "Type.grades", "Type.isced", "Type.name", "Type.note", "Type.ownership", "Type.short", "Type.successor",
	"TypeGroup.name",
	"Undertaking.name",
	"Window.closes", "Window.name", "Window.opens", "Window.remove", "Window.source", "Window.types",
}

// strictSwitches says which position of a switch is the stricter; "fixed" where the
// country's own answer is the law's.
var strictSwitches = map[string]string{
	"two_person_configuration": "true",
	"briefing_before_window":   "true",
	"printed_reset_code":       "false",
	"public_directory":         "fixed",
}

// lowerIsStricter are the limits of which a smaller number is the stricter; of all others a greater one is.
var lowerIsStricter = []string{"session_idle_minutes", "session_max_hours", "invitation_days", "window_extension_days"}
