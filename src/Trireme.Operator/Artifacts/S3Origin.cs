using System.Globalization;
using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Trireme.Contracts.Resources;

namespace Trireme.Operator.Artifacts;

/// <summary>
/// An S3 server. Requests are signed with the release's Secret, and not at all without one: what the platform's own account may read is
/// not for everyone who may make a release.
/// </summary>
internal sealed class S3Origin(ArtifactOptions options, OriginHttp http) : IArtifactOrigin
{
    private const int KeysMax = 50_000;

    public async Task<RemoteListing> ListAsync(
        ArtifactAddress address, string? revision, PullCredentials credentials, CancellationToken cancellationToken)
    {
        using AmazonS3Client client = Connect(credentials);
        var request = new ListObjectsV2Request { BucketName = address.Container, Prefix = CommonPrefix(GgufParts.Of(address.Path)) };
        var all = new List<RemoteFile>();
        try
        {
            ListObjectsV2Response page;
            do
            {
                page = await client.ListObjectsV2Async(request, cancellationToken);
                all.AddRange((page.S3Objects ?? []).Where(static item => !item.Key.EndsWith('/')).Select(FileOf));
                request.ContinuationToken = page.NextContinuationToken;
            }
            while (page.IsTruncated == true && all.Count <= KeysMax);
        }
        catch (Exception exception) when (Told(address, exception, credentials) is { } told)
        {
            throw told;
        }

        (IReadOnlyList<RemoteFile> files, bool isFile) = Selection.Of(address.Path, all);
        IReadOnlyList<RemoteFile> ordered = [.. RemoteNames.Check(address.Text, files).OrderBy(file => file.Name, StringComparer.Ordinal)];
        return new RemoteListing(RemoteListing.RevisionOf(ordered), ordered, isFile);
    }

    public async Task<RemoteContent> OpenAsync(
        ArtifactAddress address,
        RemoteListing listing,
        RemoteFile file,
        long from,
        PullCredentials credentials,
        CancellationToken cancellationToken)
    {
        AmazonS3Client client = Connect(credentials);
        try
        {
            var request = new GetObjectRequest { BucketName = address.Container, Key = file.Key, EtagToMatch = file.ETag };
            if (from > 0) request.ByteRange = new ByteRange(string.Create(CultureInfo.InvariantCulture, $"bytes={from}-"));
            GetObjectResponse answer = await client.GetObjectAsync(request, cancellationToken);
            bool isRest = answer.HttpStatusCode == HttpStatusCode.PartialContent;
            return new RemoteContent(answer.ResponseStream, isRest ? from : 0, new Owner(answer, client));
        }
        catch (Exception exception)
        {
            client.Dispose();
            if (Told(address, exception, credentials) is { } told) throw told;
            throw;
        }
    }

    /// <summary>What all parts of a split model begin with.</summary>
    internal static string CommonPrefix(IReadOnlyList<string> paths)
    {
        string first = paths[0];
        int length = first.Length;
        foreach (string path in paths)
        {
            while (string.CompareOrdinal(path, 0, first, 0, length) != 0) length--;
        }

        return first[..length];
    }

    private static RemoteFile FileOf(S3Object item) => new() { Name = item.Key, Key = item.Key, SizeBytes = item.Size, ETag = item.ETag };

    /// <summary>A failure of the library's as this interface tells it; null for one that is not the library's.</summary>
    private static Exception? Told(ArtifactAddress address, Exception exception, PullCredentials credentials) => exception switch
    {
        AmazonServiceException service when Problem(address, service, credentials) is { } problem => new FetchException(problem, service),
        AmazonServiceException service => new HttpRequestException(service.Message, service, service.StatusCode),
        AmazonClientException => new HttpRequestException(exception.Message, exception),
        _ => null,
    };

    /// <summary>What the server's answer says; null where it says nothing but that it failed.</summary>
    private static FetchProblem? Problem(ArtifactAddress address, AmazonServiceException exception, PullCredentials credentials) =>
        (exception.ErrorCode, (int)exception.StatusCode) switch
        {
            ("NoSuchBucket", _) => FetchProblem.Refused(
                FetchReasons.SourceNotFound,
                $"{address.Text}: the server has no bucket \"{address.Container}\"; correct the address in a new release."),
            ("NoSuchKey", _) or (_, 404) => FetchProblem.Refused(
                FetchReasons.SourceNotFound,
                $"{address.Text}: the server no longer has one of its files; correct the address in a new release."),
            ("PreconditionFailed", _) or (_, 412) => FetchProblem.Unknown(
                FetchReasons.SourceUnreachable, $"{address.Text}: one of its files changed while it was fetched; it is fetched anew."),
            (_, 401 or 403) => FetchProblem.Refused(
                FetchReasons.SourceRefused,
                $"{address.Text}: the server refuses it ({RemoteNames.Show(exception.ErrorCode ?? "403")}); "
                + (credentials.SecretName is { } secret
                    ? $"put keys that may read it into the Secret \"{secret}\"."
                    : "name a Secret with accessKeyId and secretAccessKey in spec.pullSecret of a new release.")),
            (_, 301 or 400) => FetchProblem.Refused(
                FetchReasons.SourceRefused,
                $"{address.Text}: the server does not take the request ({RemoteNames.Show(exception.ErrorCode ?? "400")}); correct the "
                + "address, or the setting artifacts.s3Region."),
            _ => null,
        };

    private AmazonS3Client Connect(PullCredentials credentials)
    {
        var config = new AmazonS3Config
        {
            AuthenticationRegion = options.S3Region,
            ForcePathStyle = options.S3Endpoint is not null,
            MaxErrorRetry = 1,
            HttpClientFactory = new Clients(http),
        };
        if (options.S3Endpoint is { } endpoint) config.ServiceURL = endpoint;
        else config.RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(options.S3Region);
        AWSCredentials who = (credentials.AccessKeyId, credentials.SessionToken) switch
        {
            (null, _) => new AnonymousAWSCredentials(),
            ({ } id, null) => new BasicAWSCredentials(id, credentials.SecretAccessKey),
            ({ } id, { } session) => new SessionAWSCredentials(id, credentials.SecretAccessKey, session),
        };
        return new AmazonS3Client(who, config);
    }

    private sealed class Clients(OriginHttp http) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => http.CreateClient();
    }

    private sealed class Owner(GetObjectResponse answer, AmazonS3Client client) : IDisposable
    {
        public void Dispose()
        {
            answer.Dispose();
            client.Dispose();
        }
    }
}
