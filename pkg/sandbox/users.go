package sandbox

func getMe(c *call) (reply, error) { return c.one(userKind, "users/$entity", c.caller.user) }

func getUser(c *call) (reply, error) {
	u, err := c.theUser()
	if err != nil {
		return reply{}, err
	}
	return c.one(userKind, "users/$entity", u)
}

// getManager answers a directoryObject, which says what it is. The words of the refusal are as seen in the field.
func getManager(c *call) (reply, error) {
	u, err := c.theUser()
	if err != nil {
		return reply{}, err
	}
	if u.manager == nil {
		return reply{}, notFound("manager")
	}
	return c.one(objectKind, "directoryObjects/$entity", u.manager)
}

func listUsers(c *call) (reply, error) {
	all := make([]entity, len(c.users))
	for i, u := range c.users {
		all[i] = u
	}
	return c.list(userKind, "users", all)
}
