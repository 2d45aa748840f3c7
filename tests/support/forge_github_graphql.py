"""The few mutations of GitHub's GraphQL API that have no twin among its REST calls, executed by graphql-core.

The schema is the part needed of docs.github.com/public/fpt/schema.docs.graphql: a query for anything else is refused.
"""

from __future__ import annotations

import base64
import binascii
from functools import cache
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, GraphQLSchema, build_schema, graphql_sync

from tests.support.forge_git import commit_files, mode_of, move, told
from tests.support.forge_pulls import Project, Pull
from tests.support.forge_server import Answer, Request

if TYPE_CHECKING:
    from tests.support.forge_github import FakeGitHub

SCHEMA = """
scalar GitObjectID
scalar Base64String
scalar URI
scalar DateTime
enum PullRequestMergeMethod { MERGE REBASE SQUASH }
enum PullRequestState { CLOSED MERGED OPEN }
interface Actor { login: String! url: URI! avatarUrl(size: Int): URI! resourcePath: URI! }
type User implements Actor { id: ID! login: String! url: URI! avatarUrl(size: Int): URI! resourcePath: URI! }
type GitActor { name: String email: String user: User }
type GitSignature { isValid: Boolean! wasSignedByGitHub: Boolean! }
type Commit {
  id: ID! oid: GitObjectID! url: URI! message: String! messageHeadline: String! author: GitActor committer: GitActor
  authoredByCommitter: Boolean! committedDate: DateTime!
}
type Ref { id: ID! name: String! prefix: String! target: Commit }
type AutoMergeRequest { enabledAt: DateTime enabledBy: Actor mergeMethod: PullRequestMergeMethod! }
type PullRequest {
  id: ID! number: Int! url: URI! title: String! body: String! isDraft: Boolean! state: PullRequestState!
  headRefName: String! headRefOid: GitObjectID! baseRefName: String! autoMergeRequest: AutoMergeRequest
}
type Repository {
  id: ID! nameWithOwner: String! ref(qualifiedName: String!): Ref pullRequest(number: Int!): PullRequest
}
type Query { viewer: User! repository(owner: String!, name: String!, followRenames: Boolean = true): Repository }

input CommittableBranch { branchName: String id: ID repositoryNameWithOwner: String }
input FileAddition { contents: Base64String! path: String! }
input FileDeletion { path: String! }
input FileChanges { additions: [FileAddition!] = [] deletions: [FileDeletion!] = [] }
input CommitMessage { body: String headline: String! }
input CreateCommitOnBranchInput {
  branch: CommittableBranch! clientMutationId: String expectedHeadOid: GitObjectID! fileChanges: FileChanges
  message: CommitMessage!
}
type CreateCommitOnBranchPayload { clientMutationId: String commit: Commit ref: Ref }
input EnablePullRequestAutoMergeInput {
  authorEmail: String clientMutationId: String commitBody: String commitHeadline: String expectedHeadOid: GitObjectID
  mergeMethod: PullRequestMergeMethod = MERGE pullRequestId: ID!
}
type EnablePullRequestAutoMergePayload { actor: Actor clientMutationId: String pullRequest: PullRequest }
input DisablePullRequestAutoMergeInput { clientMutationId: String pullRequestId: ID! }
type DisablePullRequestAutoMergePayload { actor: Actor clientMutationId: String pullRequest: PullRequest }
input MarkPullRequestReadyForReviewInput { clientMutationId: String pullRequestId: ID! }
type MarkPullRequestReadyForReviewPayload { clientMutationId: String pullRequest: PullRequest }
input ConvertPullRequestToDraftInput { clientMutationId: String pullRequestId: ID! }
type ConvertPullRequestToDraftPayload { clientMutationId: String pullRequest: PullRequest }
type Mutation {
  createCommitOnBranch(input: CreateCommitOnBranchInput!): CreateCommitOnBranchPayload
  enablePullRequestAutoMerge(input: EnablePullRequestAutoMergeInput!): EnablePullRequestAutoMergePayload
  disablePullRequestAutoMerge(input: DisablePullRequestAutoMergeInput!): DisablePullRequestAutoMergePayload
  markPullRequestReadyForReview(input: MarkPullRequestReadyForReviewInput!): MarkPullRequestReadyForReviewPayload
  convertPullRequestToDraft(input: ConvertPullRequestToDraftInput!): ConvertPullRequestToDraftPayload
}
"""
GITHUB = {
    "GIT_COMMITTER_NAME": "GitHub",
    "GIT_COMMITTER_EMAIL": "noreply@github.com",
}


class _Unwilling(GraphQLError):
    """An error with GitHub's `type` of it beside the message."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def answer_graphql(forge: FakeGitHub, request: Request) -> Answer:
    """Execute one request; errors are 200 too, as GitHub's are."""
    asked = request.body or {}
    done = graphql_sync(
        _schema(),
        asked.get("query", ""),
        _Root(forge),
        variable_values=asked.get("variables"),
        type_resolver=_user_only,
    )
    said: dict[str, Any] = {"data": done.data}
    if done.errors:
        said["errors"] = [_told(error) for error in done.errors]
    return Answer(200, said)


@cache
def _schema() -> GraphQLSchema:
    return build_schema(SCHEMA)


def _user_only(*_: object) -> str:
    return "User"


def _told(error: GraphQLError) -> dict[str, Any]:
    kind = getattr(error.original_error, "kind", None) or getattr(error, "kind", None)
    return {**({"type": kind} if kind else {}), **error.formatted}


class _Root:
    """The fields of Query and Mutation; each gets graphql-core's info, and its arguments."""

    def __init__(self, forge: FakeGitHub) -> None:
        self._forge = forge

    def viewer(self, info: object) -> dict[str, Any]:
        return self._actor(self._forge.me)

    def repository(self, info: object, owner: str, name: str, **_: object) -> dict[str, Any]:
        project = self._project(f"{owner}/{name}")
        return {
            "id": f"R_{project.name}",
            "nameWithOwner": project.name,
            "ref": lambda _, **asked: self._ref(project, asked["qualifiedName"].removeprefix("refs/heads/")),
            "pullRequest": lambda _, number: self._pull(project, self._forge.pull(project.name, str(number))),
        }

    def createCommitOnBranch(self, info: object, input: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        project, branch = self._branch(input["branch"])
        expected = input["expectedHeadOid"]
        if branch in project.protected:
            words = f"Protected branch update failed for refs/heads/{branch}"
            raise _Unwilling("UNPROCESSABLE", f"A Repository Rule failed. {words}")
        commit = self._commit(project, expected, input)
        if not move(project.path, branch, commit, expected):
            raise _Unwilling(
                "STALE_DATA", f'Expected branch to point to "{expected}" but it did not.  Pull and try again.'
            )
        project.settle(self._forge.projects)
        return {"commit": self._shown(project, commit), "ref": self._ref(project, branch)} | _client(input)

    def enablePullRequestAutoMerge(self, info: object, input: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        project, pull = self._known(input["pullRequestId"])
        if not self._forge.allows_auto_merge:
            raise _Unwilling("UNPROCESSABLE", "Auto merge is not allowed for this repository")
        if input.get("mergeMethod", "MERGE") not in self._forge.merges_by:
            way = {"MERGE": "merge commits", "SQUASH": "squash merging", "REBASE": "rebase merging"}
            words = f"Merge method {way[input.get('mergeMethod', 'MERGE')]} are not allowed on this repository"
            raise _Unwilling("UNPROCESSABLE", words)
        if pull.draft or not pull.is_open:
            raise _Unwilling("UNPROCESSABLE", "Can't enable auto-merge for this pull request.")
        if input.get("expectedHeadOid") not in (None, pull.sha):
            raise _Unwilling("UNPROCESSABLE", "Head sha didn't match expected SHA")
        if project.mergeable(pull) and not project.blocked(pull):
            raise _Unwilling("UNPROCESSABLE", "Pull request Pull request is in clean status")
        pull.auto = input.get("mergeMethod", "MERGE").lower()
        return {"actor": self._actor(self._forge.me), "pullRequest": self._pull(project, pull)} | _client(input)

    def disablePullRequestAutoMerge(self, info: object, input: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        project, pull = self._known(input["pullRequestId"])
        pull.auto = ""
        return {"actor": self._actor(self._forge.me), "pullRequest": self._pull(project, pull)} | _client(input)

    def markPullRequestReadyForReview(self, info: object, input: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        project, pull = self._known(input["pullRequestId"])
        pull.draft = False
        return {"pullRequest": self._pull(project, pull)} | _client(input)

    def convertPullRequestToDraft(self, info: object, input: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        project, pull = self._known(input["pullRequestId"])
        pull.draft, pull.auto = True, ""
        return {"pullRequest": self._pull(project, pull)} | _client(input)

    def _project(self, name: str) -> Project:
        if name not in self._forge.projects:
            raise _Unwilling("NOT_FOUND", f"Could not resolve to a Repository with the name '{name}'.")
        self._forge.projects[name].settle(self._forge.projects)
        return self._forge.projects[name]

    def _branch(self, wanted: dict[str, Any]) -> tuple[Project, str]:
        project = self._project(wanted.get("repositoryNameWithOwner") or "")
        branch = str(wanted.get("branchName") or "").removeprefix("refs/heads/")
        if project.tip(branch) is None:
            raise _Unwilling("NOT_FOUND", f'Branch "{branch}" not found.')
        return project, branch

    def _commit(self, project: Project, parent: str, wanted: dict[str, Any]) -> str:
        """Mode 100644 for what is new; a file that is there keeps its own."""
        changes = wanted.get("fileChanges") or {}
        files: dict[str, tuple[str, bytes] | None] = {one["path"]: None for one in changes.get("deletions", [])}
        for path in files:
            if mode_of(project.path, parent, path) is None:
                raise _Unwilling("UNPROCESSABLE", f"The path '{path}' does not exist")
        for one in changes.get("additions", []):
            files[one["path"]] = (mode_of(project.path, parent, one["path"]) or "100644", _bytes(one["contents"]))
        message = "\n\n".join(filter(None, (wanted["message"]["headline"], wanted["message"].get("body"))))
        me = self._forge.me
        author = {"GIT_AUTHOR_NAME": me, "GIT_AUTHOR_EMAIL": f"13+{me}@users.noreply.example.test"}
        return commit_files(project.path, parent, message, files, **author, **GITHUB)

    def _known(self, ident: str) -> tuple[Project, Pull]:
        name, _, number = ident.removeprefix("PR_").partition("#")
        project = self._forge.projects.get(name)
        pulls = [one for one in project.pulls if str(one.number) == number] if project else []
        if project is None or not pulls:
            raise _Unwilling("NOT_FOUND", f"Could not resolve to a node with the global id of '{ident}'")
        project.settle(self._forge.projects)
        return project, pulls[0]

    def _actor(self, login: str) -> dict[str, Any]:
        web = self._forge.address
        avatar = f"{web}/avatars/{login}"
        return {"id": f"U_{login}", "login": login, "url": f"{web}/{login}", "avatarUrl": avatar} | {
            "resourcePath": f"/{login}"
        }

    def _ref(self, project: Project, branch: str) -> dict[str, Any] | None:
        commit = project.tip(branch)
        named = {"id": f"REF_{branch}", "name": branch, "prefix": "refs/heads/"}
        return {**named, "target": self._shown(project, commit)} if commit else None

    def _shown(self, project: Project, commit: str) -> dict[str, Any]:
        seen = told(project.path, commit)
        return {
            "id": f"C_{commit}",
            "oid": commit,
            "url": f"{self._forge.address}/{project.name}/commit/{commit}",
            "message": seen["message"],
            "messageHeadline": seen["message"].partition("\n")[0],
            "author": {"name": seen["author"], "email": seen["email"]},
            "committer": {"name": seen["committer"], "email": seen["committer_email"]},
            "authoredByCommitter": False,
            "committedDate": seen["committed"],
        }

    def _pull(self, project: Project, pull: Pull) -> dict[str, Any]:
        auto = {"mergeMethod": pull.auto.upper(), "enabledBy": self._actor(self._forge.me)}
        return {
            "id": f"PR_{project.name}#{pull.number}",
            "number": pull.number,
            "title": pull.title,
            "body": pull.body,
            "url": self._forge.shapes.page(project, pull),
            "isDraft": pull.draft,
            "state": pull.state.upper(),
            "autoMergeRequest": auto if pull.auto else None,
            "headRefName": pull.head,
            "headRefOid": pull.sha,
            "baseRefName": pull.base,
        }


def _client(input: dict[str, Any]) -> dict[str, Any]:
    return {"clientMutationId": input.get("clientMutationId")}


def _bytes(contents: str) -> bytes:
    try:
        return base64.b64decode(contents, validate=True)
    except binascii.Error as error:
        raise _Unwilling("UNPROCESSABLE", "contents is no Base64") from error
