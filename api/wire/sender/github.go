package sender

import (
	"encoding/json"
	"fmt"
	"strings"

	"guildhall/store"
)

// The colours of what happens in repositories: neutral, begun, ended well, ended otherwise, and in need of somebody's attention.
const (
	colorPlain = 0x7A7F87
	colorOpen  = 0x3FB950
	colorDone  = 0x8957E5
	colorBad   = 0xDA3633
	colorTalk  = 0xD29922
)

const (
	// maxCommits is how many commits of a push are listed, maxQuote how many characters are quoted of what somebody wrote, maxSummary of a commit.
	maxCommits = 10
	maxQuote   = 500
	maxSummary = 72
	shortHash  = 7
)

type githubUser struct {
	Login     string `json:"login"`
	HTMLURL   string `json:"html_url"`
	AvatarURL string `json:"avatar_url"`
}

type githubIssue struct {
	Number      int             `json:"number"`
	Title       string          `json:"title"`
	Body        string          `json:"body"`
	HTMLURL     string          `json:"html_url"`
	Merged      bool            `json:"merged"`
	Draft       bool            `json:"draft"`
	PullRequest json.RawMessage `json:"pull_request"`
}

type githubCommit struct {
	ID      string `json:"id"`
	URL     string `json:"url"`
	Message string `json:"message"`
	Author  struct {
		Name     string `json:"name"`
		Username string `json:"username"`
	} `json:"author"`
}

type githubComment struct {
	Body     string `json:"body"`
	HTMLURL  string `json:"html_url"`
	CommitID string `json:"commit_id"`
}

type githubCheck struct {
	Name       string `json:"name"`
	Conclusion string `json:"conclusion"`
	HTMLURL    string `json:"html_url"`
	DetailsURL string `json:"details_url"`
	HeadBranch string `json:"head_branch"`
	HeadSHA    string `json:"head_sha"`
	App        struct {
		Name string `json:"name"`
	} `json:"app"`
	Output struct {
		Title   string `json:"title"`
		Summary string `json:"summary"`
	} `json:"output"`
	CheckSuite struct {
		HeadBranch string `json:"head_branch"`
	} `json:"check_suite"`
}

// githubEvent has of every event what is shown of it (https://docs.github.com/en/webhooks/webhook-events-and-payloads).
type githubEvent struct {
	Action     string `json:"action"`
	Repository struct {
		FullName string `json:"full_name"`
		HTMLURL  string `json:"html_url"`
	} `json:"repository"`
	Sender      githubUser      `json:"sender"`
	Ref         string          `json:"ref"`
	RefType     string          `json:"ref_type"`
	After       string          `json:"after"`
	Forced      bool            `json:"forced"`
	Deleted     bool            `json:"deleted"`
	Compare     string          `json:"compare"`
	Commits     []*githubCommit `json:"commits"`
	Issue       githubIssue     `json:"issue"`
	PullRequest githubIssue     `json:"pull_request"`
	Discussion  githubIssue     `json:"discussion"`
	Answer      githubComment   `json:"answer"`
	Comment     githubComment   `json:"comment"`
	Review      struct {
		State   string `json:"state"`
		Body    string `json:"body"`
		HTMLURL string `json:"html_url"`
	} `json:"review"`
	Forkee struct {
		FullName string `json:"full_name"`
		HTMLURL  string `json:"html_url"`
	} `json:"forkee"`
	Release struct {
		TagName string `json:"tag_name"`
		Name    string `json:"name"`
		Body    string `json:"body"`
		HTMLURL string `json:"html_url"`
	} `json:"release"`
	Member     githubUser  `json:"member"`
	CheckRun   githubCheck `json:"check_run"`
	CheckSuite githubCheck `json:"check_suite"`
	// State, Context, Description and TargetURL are of statuses, SHA too.
	State       string `json:"state"`
	Context     string `json:"context"`
	Description string `json:"description"`
	TargetURL   string `json:"target_url"`
	SHA         string `json:"sha"`
}

// card is what is shown of one event.
type card struct {
	title, url, text string
	color            int
}

// github are the events that are shown. Each gives no title for what is not worth a message.
var github = map[string]func(*githubEvent) card{
	"push": (*githubEvent).push, "issues": (*githubEvent).issue, "pull_request": (*githubEvent).pull, "issue_comment": (*githubEvent).issueComment,
	"pull_request_review": (*githubEvent).review, "pull_request_review_comment": (*githubEvent).reviewComment, "commit_comment": (*githubEvent).commitComment,
	"create": (*githubEvent).create, "delete": (*githubEvent).remove, "fork": (*githubEvent).fork, "release": (*githubEvent).release, "watch": (*githubEvent).star, "member": (*githubEvent).member,
	"public": (*githubEvent).public, "check_run": (*githubEvent).checkRun, "check_suite": (*githubEvent).checkSuite, "discussion": (*githubEvent).discussion,
	"discussion_comment": (*githubEvent).discussionComment, "status": (*githubEvent).status,
}

// GitHub reads an event of a repository in GitHub's form; kind is the header X-GitHub-Event. shown is false for events and actions that nobody needs a message of, as the ping that a new webhook gets.
func GitHub(kind string, body []byte) (message Message, shown bool, err error) {
	show, known := github[kind]
	if !known {
		return Message{}, false, nil
	}
	var e githubEvent
	if err := json.Unmarshal(body, &e); err != nil {
		return Message{}, false, ErrInvalidPayload
	}
	c := show(&e)
	if c.title == "" {
		return Message{}, false, nil
	}
	place := e.Repository.FullName
	if kind == "push" || kind == "check_run" || kind == "check_suite" {
		place = e.place()
	}
	embeds := fit([]store.Embed{{
		Title: "[" + place + "] " + c.title, URL: c.url, Description: c.text, Color: c.color, HasColor: true,
		Author: store.EmbedAuthor{Name: e.Sender.Login, URL: e.Sender.HTMLURL, IconURL: e.Sender.AvatarURL},
	}})
	return Message{Embeds: embeds}, true, nil
}

// place is the repository with the branch.
func (e *githubEvent) place() string {
	branch := strings.TrimPrefix(e.Ref, "refs/heads/")
	for _, other := range []string{e.CheckSuite.HeadBranch, e.CheckRun.CheckSuite.HeadBranch} {
		if branch == "" {
			branch = other
		}
	}
	if branch == "" {
		return e.Repository.FullName
	}
	return e.Repository.FullName + ":" + branch
}

func hash(full string) string { return full[:min(len(full), shortHash)] }

// firstLine is the first line of a commit's message.
func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return cut(line, maxSummary)
}

func (e *githubEvent) push() card {
	branch, isBranch := strings.CutPrefix(e.Ref, "refs/heads/")
	switch {
	case !isBranch || e.Deleted: // tags and what is deleted come as events of their own
		return card{}
	case e.Forced:
		return card{title: fmt.Sprintf("Branch %s was force-pushed to %s", branch, hash(e.After)), url: e.Compare, color: colorBad}
	case len(e.Commits) == 0:
		return card{}
	}
	var lines []string
	for _, commit := range e.Commits[:min(len(e.Commits), maxCommits)] {
		if commit == nil {
			continue
		}
		name := commit.Author.Username
		if name == "" {
			name = commit.Author.Name
		}
		reference := "`" + hash(commit.ID) + "`"
		if link := address(commit.URL); link != "" {
			reference = "[" + reference + "](" + link + ")"
		}
		lines = append(lines, reference+" "+firstLine(commit.Message)+" - "+name)
	}
	if more := len(e.Commits) - maxCommits; more > 0 {
		lines = append(lines, fmt.Sprintf("… and %d more", more))
	}
	commits := "commits"
	if len(e.Commits) == 1 {
		commits = "commit"
	}
	return card{title: fmt.Sprintf("%d new %s", len(e.Commits), commits), url: e.Compare, text: strings.Join(lines, "\n"), color: colorPlain}
}

func numbered(what string, issue *githubIssue) string {
	return fmt.Sprintf("%s: #%d %s", what, issue.Number, issue.Title)
}

func (e *githubEvent) issue() card {
	switch e.Action {
	case "opened":
		return card{numbered("Issue opened", &e.Issue), e.Issue.HTMLURL, cut(e.Issue.Body, maxQuote), colorOpen}
	case "reopened":
		return card{numbered("Issue reopened", &e.Issue), e.Issue.HTMLURL, "", colorOpen}
	case "closed":
		return card{numbered("Issue closed", &e.Issue), e.Issue.HTMLURL, "", colorDone}
	}
	return card{}
}

func (e *githubEvent) pull() card {
	pull := &e.PullRequest
	switch {
	case e.Action == "opened" && pull.Draft:
		return card{numbered("Draft pull request opened", pull), pull.HTMLURL, cut(pull.Body, maxQuote), colorPlain}
	case e.Action == "opened":
		return card{numbered("Pull request opened", pull), pull.HTMLURL, cut(pull.Body, maxQuote), colorOpen}
	case e.Action == "ready_for_review":
		return card{numbered("Pull request ready for review", pull), pull.HTMLURL, "", colorOpen}
	case e.Action == "reopened":
		return card{numbered("Pull request reopened", pull), pull.HTMLURL, "", colorOpen}
	case e.Action == "closed" && pull.Merged:
		return card{numbered("Pull request merged", pull), pull.HTMLURL, "", colorDone}
	case e.Action == "closed":
		return card{numbered("Pull request closed", pull), pull.HTMLURL, "", colorBad}
	}
	return card{}
}

func (e *githubEvent) issueComment() card {
	if e.Action != "created" {
		return card{}
	}
	what := "New comment on issue"
	if len(e.Issue.PullRequest) > 0 && string(e.Issue.PullRequest) != "null" {
		what = "New comment on pull request"
	}
	return card{numbered(what, &e.Issue), e.Comment.HTMLURL, cut(e.Comment.Body, maxQuote), colorTalk}
}

func (e *githubEvent) review() card {
	if e.Action != "submitted" {
		return card{}
	}
	what, color := "Pull request reviewed", colorTalk
	switch strings.ToLower(e.Review.State) {
	case "approved":
		what, color = "Pull request approved", colorOpen
	case "changes_requested":
		what, color = "Changes requested on pull request", colorBad
	}
	return card{numbered(what, &e.PullRequest), e.Review.HTMLURL, cut(e.Review.Body, maxQuote), color}
}

func (e *githubEvent) reviewComment() card {
	if e.Action != "created" {
		return card{}
	}
	return card{numbered("New review comment on pull request", &e.PullRequest), e.Comment.HTMLURL, cut(e.Comment.Body, maxQuote), colorTalk}
}

func (e *githubEvent) commitComment() card {
	return card{"New comment on commit " + hash(e.Comment.CommitID), e.Comment.HTMLURL, cut(e.Comment.Body, maxQuote), colorTalk}
}

func (e *githubEvent) create() card {
	if e.RefType != "branch" && e.RefType != "tag" {
		return card{}
	}
	return card{"New " + e.RefType + " created: " + e.Ref, e.Repository.HTMLURL, "", colorOpen}
}

func (e *githubEvent) remove() card {
	if e.RefType == "" {
		return card{}
	}
	return card{strings.ToUpper(e.RefType[:1]) + e.RefType[1:] + " deleted: " + e.Ref, e.Repository.HTMLURL, "", colorBad}
}

func (e *githubEvent) fork() card {
	return card{"Fork created: " + e.Forkee.FullName, e.Forkee.HTMLURL, "", colorPlain}
}

func (e *githubEvent) release() card {
	if e.Action != "published" {
		return card{}
	}
	name := e.Release.TagName
	if e.Release.Name != "" && e.Release.Name != name {
		name += " " + e.Release.Name
	}
	return card{"New release published: " + name, e.Release.HTMLURL, cut(e.Release.Body, maxQuote), colorDone}
}

func (e *githubEvent) star() card {
	if e.Action != "started" {
		return card{}
	}
	return card{"New star added", e.Repository.HTMLURL, "", colorTalk}
}

func (e *githubEvent) member() card {
	if e.Action != "added" {
		return card{}
	}
	return card{"New collaborator added: " + e.Member.Login, e.Member.HTMLURL, "", colorPlain}
}

func (e *githubEvent) public() card {
	return card{"The repository is public now", e.Repository.HTMLURL, "", colorDone}
}

// conclusion shows how a check ended; what was skipped is no news.
func (c *githubCheck) conclusion(name, link string) card {
	color, word := colorBad, c.Conclusion
	switch c.Conclusion {
	case "", "skipped", "neutral", "stale":
		return card{}
	case "success":
		color, word = colorOpen, "succeeded"
	case "failure":
		word = "failed"
	case "timed_out":
		word = "timed out"
	case "action_required":
		color, word = colorTalk, "needs somebody's attention"
	}
	text := c.Output.Title
	if c.Output.Summary != "" {
		text += "\n" + cut(c.Output.Summary, maxQuote)
	}
	return card{name + " " + word, link, text, color}
}

func (e *githubEvent) checkRun() card {
	if e.Action != "completed" {
		return card{}
	}
	link := e.CheckRun.HTMLURL
	if link == "" {
		link = e.CheckRun.DetailsURL
	}
	return e.CheckRun.conclusion(e.CheckRun.Name, link)
}

func (e *githubEvent) checkSuite() card {
	if e.Action != "completed" {
		return card{}
	}
	return e.CheckSuite.conclusion(e.CheckSuite.App.Name+" checks", e.Repository.HTMLURL+"/commit/"+e.CheckSuite.HeadSHA)
}

func (e *githubEvent) discussion() card {
	switch e.Action {
	case "created":
		return card{numbered("New discussion", &e.Discussion), e.Discussion.HTMLURL, cut(e.Discussion.Body, maxQuote), colorOpen}
	case "answered":
		return card{numbered("Discussion answered", &e.Discussion), e.Answer.HTMLURL, cut(e.Answer.Body, maxQuote), colorDone}
	}
	return card{}
}

func (e *githubEvent) discussionComment() card {
	if e.Action != "created" {
		return card{}
	}
	return card{numbered("New comment on discussion", &e.Discussion), e.Comment.HTMLURL, cut(e.Comment.Body, maxQuote), colorTalk}
}

func (e *githubEvent) status() card {
	color, word := colorBad, "failed"
	switch e.State {
	case "success":
		color, word = colorOpen, "succeeded"
	case "failure", "error":
	default:
		return card{} // it has not ended
	}
	return card{fmt.Sprintf("%s %s on %s", e.Context, word, hash(e.SHA)), e.TargetURL, e.Description, color}
}
