using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Trireme.Contracts.Resources;

namespace Trireme.Operator.Artifacts;

/// <summary>
/// A hub that speaks Hugging Face's protocol. The listing names the digest of every file, so that no further question is asked before its
/// bytes are. The newer transfer in chunks (xet) is a choice of the client's, which this one does not make.
/// </summary>
internal sealed partial class HubOrigin(OriginHttp http, Uri endpoint) : IArtifactOrigin
{
    private const int PagesMax = 64;
    private const int EntriesMax = 50_000;

    /// <summary>A listing of 50 000 files has about half of it.</summary>
    private const int BodyBytesMax = 32 << 20;

    public async Task<RemoteListing> ListAsync(
        ArtifactAddress address, string? revision, PullCredentials credentials, CancellationToken cancellationToken)
    {
        string wanted = revision ?? address.Revision!;
        string commit = HubAnswer.IsCommit(wanted) ? wanted : await CommitAsync(address, wanted, credentials, cancellationToken);
        var all = new List<RemoteFile>();
        Uri? page = Api(address, $"tree/{commit}?recursive=true&expand=false");
        for (int pages = 0; page is not null; pages++)
        {
            if (pages >= PagesMax || all.Count > EntriesMax) throw Odd(address, "a listing without an end");
            (ReadOnlyMemory<byte> body, Uri? next) = await GetAsync(address, page, credentials, cancellationToken);
            all.AddRange(HubAnswer.Files(body) ?? throw Odd(address, "no listing of files"));
            page = next;
        }

        (IReadOnlyList<RemoteFile> files, bool isFile) = Selection.Of(address.Path, all);
        return new RemoteListing(commit, RemoteNames.Check(address.Text, files), isFile);
    }

    public async Task<RemoteContent> OpenAsync(
        ArtifactAddress address,
        RemoteListing listing,
        RemoteFile file,
        long from,
        PullCredentials credentials,
        CancellationToken cancellationToken)
    {
        string path = string.Join('/', file.Key.Split('/').Select(Uri.EscapeDataString));
        var uri = new Uri(endpoint, $"{address.Container}/resolve/{listing.Revision}/{path}");

        // What a file is, its digest says at the end; an address that a redirect leads to has no validator that would outlive it.
        HttpResponseMessage answer = await http.SendAsync(
            HttpMethod.Get, uri, credentials.Token, headers => RangedAnswer.Ask(headers, from, etag: null), cancellationToken);
        if (Refusal(address, answer, credentials) is not { } problem) return await RangedAnswer.OpenAsync(answer, from, cancellationToken);
        answer.Dispose();
        throw problem;
    }

    private async Task<string> CommitAsync(
        ArtifactAddress address, string revision, PullCredentials credentials, CancellationToken cancellationToken)
    {
        Uri uri = Api(address, $"revision/{Uri.EscapeDataString(revision)}");
        (ReadOnlyMemory<byte> body, _) = await GetAsync(address, uri, credentials, cancellationToken);
        return HubAnswer.Commit(body) ?? throw Odd(address, "no commit of the revision");
    }

    private Uri Api(ArtifactAddress address, string rest) => new(endpoint, $"api/models/{address.Container}/{rest}");

    private async Task<(ReadOnlyMemory<byte> Body, Uri? Next)> GetAsync(
        ArtifactAddress address, Uri uri, PullCredentials credentials, CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await http.SendAsync(HttpMethod.Get, uri, credentials.Token, static _ => { }, cancellationToken);
        if (Refusal(address, answer, credentials) is { } problem) throw problem;
        try
        {
            await answer.Content.LoadIntoBufferAsync(BodyBytesMax, cancellationToken);
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            throw Odd(address, $"more than {BodyBytesMax >> 20} MiB at once");
        }

        return (await answer.Content.ReadAsByteArrayAsync(cancellationToken), NextPage(uri, answer.Headers));
    }

    /// <summary>A page elsewhere would get the token of this hub.</summary>
    private static Uri? NextPage(Uri page, HttpResponseHeaders headers)
    {
        if (!headers.TryGetValues("Link", out IEnumerable<string>? links)) return null;
        Match match = NextLink().Match(string.Join(',', links));
        if (!match.Success || !Uri.TryCreate(page, match.Groups["next"].Value, out Uri? next)) return null;
        return OriginHttp.IsSameHost(page, next) ? next : null;
    }

    /// <summary>
    /// Null too for what a store says that the hub redirects to: it refuses signed addresses that are too old, which the hub renews.
    /// </summary>
    private FetchException? Refusal(ArtifactAddress address, HttpResponseMessage answer, PullCredentials credentials)
    {
        if (answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent) return null;
        if (answer.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable) return null;
        if (answer.RequestMessage?.RequestUri is { } asked && !OriginHttp.IsSameHost(endpoint, asked)) return null;
        return new FetchException(HubAnswer.Problem(
            address.Text,
            answer.StatusCode,
            Header(answer, "X-Error-Code"),
            Header(answer, "X-Error-Message"),
            answer.Headers.RetryAfter?.Delta,
            credentials));
    }

    private static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values.FirstOrDefault() : null;

    private static FetchException Odd(ArtifactAddress address, string what) => new(FetchProblem.Unknown(
        FetchReasons.SourceUnreachable,
        $"{address.Text}: what answers in the hub's place gave {what}; a proxy or another server may be in between. It is asked again "
        + "later."));

    [GeneratedRegex(@"<(?<next>[^>]{1,4096})>\s*;\s*rel=""?next""?")]
    private static partial Regex NextLink();
}
