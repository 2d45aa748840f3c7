"""GitHub's answers in full, as its published OpenAPI description has them: every field it calls required is there."""

from __future__ import annotations

from typing import Any

from tests.support.forge_git import changes
from tests.support.forge_pulls import Note, Project, Pull

# what a repository, and a user, say of their other addresses: name of the field -> the end of the address
_OF_REPOSITORY = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "statuses_url": "/statuses/{sha}",
    "trees_url": "/git/trees{/sha}",
} | {
    f"{name}_url": f"/{name}"
    for name in (
        *("contributors", "deployments", "downloads", "events", "forks", "hooks", "languages", "merges"),
        *("stargazers", "subscribers", "subscription", "tags", "teams"),
    )
}
_COUNTS = ("forks", "forks_count", "open_issues", "open_issues_count", "watchers", "watchers_count", "size")
_FEATURES = ("has_downloads", "has_issues", "has_projects", "has_wiki", "has_pages", "archived", "disabled", "fork")
_OF_USER = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}
EPOCH = "2026-01-01T00:00:00Z"


class Shapes:
    """Makes the answers; `api` is the API's base, `web` that of the pages people look at."""

    def __init__(self, web: str, api: str, projects: dict[str, Project]) -> None:
        self.web, self.api, self.projects = web, api, projects

    def user(self, login: str) -> dict[str, Any]:
        """A "simple user"."""
        url = f"{self.api}/users/{login}"
        said = {"login": login, "id": 1000 + sum(login.encode()), "node_id": f"U_{login}", "url": url}
        said |= {"avatar_url": f"{self.web}/avatars/{login}", "gravatar_id": "", "html_url": f"{self.web}/{login}"}
        return {**said, **{key: url + end for key, end in _OF_USER.items()}, "type": "User", "site_admin": False}

    def repository(self, project: str) -> dict[str, Any] | None:
        """A repository; None where it is gone."""
        if project not in self.projects:
            return None
        owner, _, name = project.partition("/")
        number = sorted(self.projects).index(project) + 1
        url, html = f"{self.api}/repos/{project}", f"{self.web}/{project}"
        return {
            **{key: url + end for key, end in _OF_REPOSITORY.items()},
            **dict.fromkeys(_COUNTS, 0),
            **dict.fromkeys(_FEATURES, False),
            **dict.fromkeys(("description", "homepage", "language", "mirror_url", "license"), None),
            **dict.fromkeys(("pushed_at", "created_at", "updated_at"), EPOCH),
            "id": number,
            "node_id": f"R_{number}",
            "name": name,
            "full_name": project,
            "private": True,
            "owner": self.user(owner),
            "url": url,
            "html_url": html,
            "clone_url": f"{html}.git",
            "svn_url": html,
            "git_url": f"git://{html.partition('://')[2]}.git",
            "ssh_url": f"git@example.test:{project}.git",
            "default_branch": "main",
            "stargazers_count": 0,
            "allow_auto_merge": True,
        }

    def pull(self, project: Project, pull: Pull) -> dict[str, Any]:
        """A pull request as a list has it ("pull request simple")."""
        url = f"{self.api}/repos/{project.name}"
        here, issue, html = (f"{url}/pulls/{pull.number}", f"{url}/issues/{pull.number}", self.page(project, pull))
        links = {
            "html": html,
            "issue": issue,
            "comments": f"{issue}/comments",
            "commits": f"{here}/commits",
            "review_comments": f"{here}/comments",
            "review_comment": f"{url}/pulls/comments{{/number}}",
            "statuses": f"{url}/statuses/{pull.sha}",
        }
        return {
            "id": 5000 + pull.number,
            "node_id": f"PR_{project.name}#{pull.number}",
            "number": pull.number,
            **{f"{name}_url": link for name, link in links.items()},
            "url": here,
            "diff_url": f"{html}.diff",
            "patch_url": f"{html}.patch",
            "_links": {name: {"href": link} for name, link in {"self": here, **links}.items()},
            **self._state(pull),
            **self._people(url, pull),
            "head": self._side(pull.source, pull.head, pull.sha),
            "base": self._side(project.name, pull.base, pull.base_sha or project.tip(pull.base) or ""),
        }

    def whole(self, project: Project, pull: Pull) -> dict[str, Any]:
        """A pull request asked for by itself, with what a list leaves out."""
        base = pull.base_sha or project.tip(pull.base) or ""
        commits, files, added, removed = changes(project.path, base, pull.sha)
        mergeable = project.mergeable(pull) if pull.is_open else None
        state = "unknown" if mergeable is None else "clean" if mergeable else "dirty"
        return self.pull(project, pull) | {
            "merged": pull.state == "merged",
            "mergeable": mergeable,
            "rebaseable": mergeable,
            "mergeable_state": "blocked" if mergeable and project.blocked(pull) else state,
            "merged_by": self.user(pull.merged_by) if pull.merged_by else None,
            "comments": len(pull.notes),
            "review_comments": 0,
            "maintainer_can_modify": False,
            "commits": commits,
            "changed_files": files,
            "additions": added,
            "deletions": removed,
        }

    def issue(self, project: Project, pull: Pull) -> dict[str, Any]:
        """A pull request as the issue that it also is."""
        seen = self.pull(project, pull)
        kept = (
            *("number", "title", "body", "user", "labels", "assignee", "assignees", "milestone", "locked", "state"),
            *("comments_url", "html_url", "created_at", "updated_at", "closed_at", "author_association", "draft"),
        )
        url = seen["issue_url"]
        return {
            **{name: seen[name] for name in kept},
            "id": 7000 + pull.number,
            "node_id": seen["node_id"],
            "url": url,
            "comments": len(pull.notes),
            "repository_url": f"{self.api}/repos/{project.name}",
            "labels_url": f"{url}/labels{{/name}}",
            "events_url": f"{url}/events",
            "closed_by": self.user(pull.closed_by) if pull.closed_by else None,
            "pull_request": {
                **{name: seen[name] for name in ("url", "html_url", "diff_url", "patch_url", "merged_at")},
            },
        }

    def comment(self, project: Project, pull: Pull, number: int, note: Note) -> dict[str, Any]:
        """A comment on a pull request."""
        url, ident = f"{self.api}/repos/{project.name}/issues", 100 * pull.number + number
        return {
            "id": ident,
            "node_id": f"IC_{ident}",
            "url": f"{url}/comments/{ident}",
            "body": note.text,
            "html_url": f"{self.page(project, pull)}#issuecomment-{ident}",
            "issue_url": f"{url}/{pull.number}",
            "user": self.user(note.author),
            "created_at": note.at,
            "updated_at": note.at,
        }

    def label(self, project: str, name: str) -> dict[str, Any]:
        """A label, which GitHub makes where there was none."""
        number = sum(name.encode())
        said = {"id": number, "node_id": f"LA_{number}", "name": name, "description": "", "color": "ededed"}
        return {**said, "url": f"{self.api}/repos/{project}/labels/{name}", "default": False}

    def reference(self, project: str, branch: str, commit: str) -> dict[str, Any]:
        """A branch as a Git reference."""
        url = f"{self.api}/repos/{project}/git"
        object_ = {"type": "commit", "sha": commit, "url": f"{url}/commits/{commit}"}
        ref = f"refs/heads/{branch}"
        return {"ref": ref, "node_id": f"REF_{branch}", "url": f"{url}/{ref}", "object": object_}

    def page(self, project: Project, pull: Pull) -> str:
        """Where people look at it."""
        return f"{self.web}/{project.name}/pull/{pull.number}"

    def _state(self, pull: Pull) -> dict[str, Any]:
        said = {"commit_title": f"{pull.title} (#{pull.number})", "commit_message": ""}
        auto = {"enabled_by": self.user(pull.author), "merge_method": pull.auto, **said}
        return {
            "state": "open" if pull.is_open else "closed",
            "locked": False,
            "title": pull.title,
            "body": pull.body or None,
            "draft": pull.draft,
            "author_association": "CONTRIBUTOR",
            "created_at": pull.opened_at,
            "updated_at": pull.updated_at,
            "closed_at": pull.closed_at or None,
            "merged_at": pull.closed_at if pull.state == "merged" else None,
            "merge_commit_sha": pull.merge_commit or None,
            "auto_merge": auto if pull.auto else None,
        }

    def _people(self, url: str, pull: Pull) -> dict[str, Any]:
        assignees = [self.user(name) for name in pull.assignees]
        return {
            "user": self.user(pull.author),
            "labels": [self.label(url.partition("/repos/")[2], name) for name in pull.labels],
            "milestone": None,
            "assignee": assignees[0] if assignees else None,
            "assignees": assignees,
            "requested_reviewers": [self.user(name) for name in pull.reviewers if not name.startswith("team:")],
            "requested_teams": [self._team(name[5:]) for name in pull.reviewers if name.startswith("team:")],
        }

    def _side(self, project: str, branch: str, sha: str) -> dict[str, Any]:
        owner = project.partition("/")[0]
        repo = self.repository(project)
        return {"label": f"{owner}:{branch}", "ref": branch, "sha": sha, "user": self.user(owner), "repo": repo}

    def _team(self, slug: str) -> dict[str, Any]:
        url, number = f"{self.api}/organizations/1/team/1", sum(slug.encode())
        return {
            "id": number,
            "node_id": f"T_{number}",
            "name": slug,
            "slug": slug,
            "description": None,
            "parent": None,
            "url": url,
            "html_url": f"{self.web}/orgs/acme/teams/{slug}",
            "members_url": f"{url}/members{{/member}}",
            "repositories_url": f"{url}/repos",
            "permission": "pull",
            "privacy": "closed",
            "type": "organization",
            "organization_id": 1,
            "notification_setting": "notifications_enabled",
        }
