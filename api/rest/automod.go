package rest

import (
	"fmt"
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/store"
	"guildhall/store/id"
)

func (a *api) autoModRoutes() []route.Route {
	const all = "/guilds/{guild}/auto-moderation/rules"
	return []route.Route{
		{Method: "GET", Pattern: all, Handle: a.listRules},
		{Method: "POST", Pattern: all, Handle: a.createRule},
		{Method: "GET", Pattern: all + "/{rule}", Handle: a.getRule},
		{Method: "PATCH", Pattern: all + "/{rule}", Handle: a.updateRule},
		{Method: "DELETE", Pattern: all + "/{rule}", Handle: a.deleteRule},
		{Method: "POST", Pattern: "/channels/{channel}/messages/{message}/report", Access: route.PeopleOnly, Handle: a.report},
		{Method: "GET", Pattern: "/guilds/{guild}/reports", Handle: a.listReports},
		{Method: "PATCH", Pattern: "/guilds/{guild}/reports/{report}", Handle: a.resolveReport},
		// Of conversations; for the hall's owner.
		{Method: "GET", Pattern: "/reports", Access: route.PeopleOnly, Handle: a.listReports},
		{Method: "PATCH", Pattern: "/reports/{report}", Access: route.PeopleOnly, Handle: a.resolveReport},
	}
}

// rulePlace reads the guild and the rule of a path.
func rulePlace(r *route.Request) (guildID, ruleID id.ID, err error) {
	return guildAnd(r, "rule", chat.UnknownRule)
}

func (a *api) listRules(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	rules, err := a.AutoMod.Rules(r.Context(), r.Caller, guildID)
	if err != nil {
		return err
	}
	shown := make([]wire.AutoModRule, len(rules))
	for i, rule := range rules {
		shown[i] = wire.NewAutoModRule(rule)
	}
	return route.JSON(w, http.StatusOK, shown)
}

// checkEvent asks whether a body names the event that goes with the rule's trigger, if it names one.
func checkEvent(body *wire.AutoModRulePatch, trigger store.AutoModTrigger) error {
	if body.EventType.Present && body.EventType.Value != trigger.Event() {
		message := fmt.Sprintf("Must be %d for trigger %d.", trigger.Event(), trigger)
		return &chat.Error{Kind: chat.Invalid, Fields: []chat.FieldError{{Path: "event_type", Code: "BASE_TYPE_CHOICES", Message: message}}}
	}
	return nil
}

func (a *api) createRule(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.AutoModRulePatch](r)
	if err != nil {
		return err
	}
	rule := store.AutoModRule{GuildID: guildID}
	body.Apply(&rule)
	if err := checkEvent(&body, rule.Trigger); err != nil {
		return err
	}
	made, err := a.AutoMod.Create(r.Context(), r.Caller, rule)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewAutoModRule(made))
}

func (a *api) getRule(w http.ResponseWriter, r *route.Request) error {
	guildID, ruleID, err := rulePlace(r)
	if err != nil {
		return err
	}
	rule, err := a.AutoMod.Rule(r.Context(), r.Caller, guildID, ruleID)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewAutoModRule(rule))
}

func (a *api) updateRule(w http.ResponseWriter, r *route.Request) error {
	guildID, ruleID, err := rulePlace(r)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.AutoModRulePatch](r)
	if err != nil {
		return err
	}
	// What sets a rule off stays, and with it when the rule looks.
	rule, err := a.AutoMod.Rule(r.Context(), r.Caller, guildID, ruleID)
	if err == nil {
		err = checkEvent(&body, rule.Trigger)
	}
	if err != nil {
		return err
	}
	rule, err = a.AutoMod.Update(r.Context(), r.Caller, guildID, ruleID, body.Apply)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewAutoModRule(rule))
}

func (a *api) deleteRule(w http.ResponseWriter, r *route.Request) error {
	guildID, ruleID, err := rulePlace(r)
	if err != nil {
		return err
	}
	if err := a.AutoMod.Delete(r.Context(), r.Caller, guildID, ruleID); err != nil {
		return err
	}
	return route.NoContent(w)
}

func (a *api) report(w http.ResponseWriter, r *route.Request) error {
	channelID, messageID, err := a.place(r)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.ReportDraft](r)
	if err != nil {
		return err
	}
	report, err := a.Reports.Report(r.Context(), r.Caller, channelID, messageID, body.Reason)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusCreated, wire.NewReport(report))
}

// Bounds of a page of reports.
const (
	defaultReportPage = 50
	maxReportPage     = 100
)

// reportsGuild reads the guild of a path; zero where it names none.
func reportsGuild(r *route.Request) (id.ID, error) {
	if r.Param("guild") == "" {
		return 0, nil
	}
	return r.ID("guild", chat.UnknownGuild)
}

func (a *api) listReports(w http.ResponseWriter, r *route.Request) error {
	guildID, err := reportsGuild(r)
	if err != nil {
		return err
	}
	query := r.Query()
	resolved, before, limit := query.Bool("resolved"), query.ID("before"), query.Int("limit", defaultReportPage, 1, maxReportPage)
	if err := query.Err(); err != nil {
		return err
	}
	reports, err := a.Reports.List(r.Context(), r.Caller, guildID, resolved, before, limit)
	if err != nil {
		return err
	}
	shown := make([]wire.Report, len(reports))
	for i, report := range reports {
		shown[i] = wire.NewReport(report)
	}
	return route.JSON(w, http.StatusOK, shown)
}

func (a *api) resolveReport(w http.ResponseWriter, r *route.Request) error {
	guildID, err := reportsGuild(r)
	if err != nil {
		return err
	}
	reportID, err := r.ID("report", chat.UnknownReport)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.ReportPatch](r)
	if err != nil {
		return err
	}
	report, err := a.Reports.Resolve(r.Context(), r.Caller, guildID, reportID, body.Resolved)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, wire.NewReport(report))
}
