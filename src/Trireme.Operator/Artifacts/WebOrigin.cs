using System.Net;
using System.Net.Http.Headers;
using Trireme.Contracts.Resources;

namespace Trireme.Operator.Artifacts;

/// <summary>A web server: one file, or the parts of a split one.</summary>
internal sealed class WebOrigin(OriginHttp http) : IArtifactOrigin
{
    public async Task<RemoteListing> ListAsync(
        ArtifactAddress address, string? revision, PullCredentials credentials, CancellationToken cancellationToken)
    {
        var files = new List<RemoteFile>();
        foreach (string part in GgufParts.Of(address.Text))
        {
            files.Add(await LookAsync(address, new Uri(part), credentials, cancellationToken));
        }

        return new RemoteListing(RemoteListing.RevisionOf(files), RemoteNames.Check(address.Text, files), IsFile: true);
    }

    public async Task<RemoteContent> OpenAsync(
        ArtifactAddress address,
        RemoteListing listing,
        RemoteFile file,
        long from,
        PullCredentials credentials,
        CancellationToken cancellationToken)
    {
        // What cannot be told from another version of it is had whole.
        if (file.ETag is null) from = 0;
        HttpResponseMessage answer = await http.SendAsync(
            HttpMethod.Get,
            new Uri(file.Key),
            credentials.Token,
            headers => RangedAnswer.Ask(headers, from, file.ETag),
            cancellationToken);
        if (from == 0 && Refusal(address, answer, credentials) is { } problem)
        {
            answer.Dispose();
            throw problem;
        }

        return await RangedAnswer.OpenAsync(answer, from, cancellationToken);
    }

    private async Task<RemoteFile> LookAsync(
        ArtifactAddress address, Uri uri, PullCredentials credentials, CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await http.SendAsync(
            HttpMethod.Head, uri, credentials.Token, static headers => RangedAnswer.Ask(headers, from: 0, etag: null), cancellationToken);
        var file = new RemoteFile { Name = Path.GetFileName(Uri.UnescapeDataString(uri.AbsolutePath)), Key = uri.AbsoluteUri };

        // Servers that know no HEAD say the rest with the file itself.
        if (answer.StatusCode is HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented) return file;
        if (Refusal(address, answer, credentials) is { } problem) throw problem;
        EntityTagHeaderValue? tag = answer.Headers.ETag;
        return file with { SizeBytes = answer.Content.Headers.ContentLength, ETag = tag is { IsWeak: false } ? tag.ToString() : null };
    }

    private static FetchException? Refusal(ArtifactAddress address, HttpResponseMessage answer, PullCredentials credentials)
    {
        if (answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent) return null;
        int status = (int)answer.StatusCode;
        return new FetchException(status switch
        {
            404 or 410 => FetchProblem.Refused(
                FetchReasons.SourceNotFound,
                $"{address.Text}: the server has no such file ({status}); correct the address in a new release."),
            401 or 403 => FetchProblem.Refused(
                FetchReasons.SourceRefused, $"{address.Text}: the server refuses it ({status}); {credentials.Advice}."),
            _ => FetchProblem.Unknown(
                FetchReasons.SourceUnreachable,
                $"{address.Text}: the server answered {status}; it is asked again later.",
                answer.Headers.RetryAfter?.Delta),
        });
    }
}
