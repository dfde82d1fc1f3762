package person

import "time"

// Details are what the directory says of a user beside what concerns a pass. Every text is untrusted and may be "".
type Details struct {
	Person
	JobTitle, Department, Office   string
	EmployeeID, Mail               string
	MobilePhone, PreferredLanguage string
	BusinessPhones                 []string
	Created                        time.Time // of the account, UTC; zero where the directory does not say
	// PasswordChanged is Graph's lastPasswordChangeDateTime, UTC; zero where the directory does not say.
	PasswordChanged time.Time
	// Guest says that userType is Guest. Guests who are not External hold passes like members.
	Guest   bool
	Manager *Person   // nil: none, or one that may not be read
	At      time.Time // the answer's Date
}
