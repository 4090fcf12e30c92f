using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Usage;
using Trireme.Hosting;
using Trireme.Hosting.Usage;

namespace Trireme.Connection;

/// <summary>Asks the platform of a data folder what was used.</summary>
internal static class UsageClient
{
    /// <summary>Longer than the platform itself waits for the file.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    /// <param name="data">The data folder.</param>
    /// <param name="parameters">What is asked; those that are null are left out.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="CommandException">No platform runs on the folder, or it does not answer as asked.</exception>
    public static async Task<UsageReport> ReadAsync(
        DataFolderLayout data, IEnumerable<(string Name, string? Value)> parameters, CancellationToken cancellationToken)
    {
        Endpoints endpoints = Endpoints.Read(data);
        using var http = new HttpClient { BaseAddress = new Uri(endpoints.Dashboard), Timeout = Timeout };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", LocalKeys.Telemetry(data));
        IEnumerable<string> query = parameters
            .Where(static parameter => parameter.Value is not null)
            .Select(static parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Value!)}");
        var address = new Uri($"{UsageRoute.Path}?{string.Join('&', query)}", UriKind.Relative);
        try
        {
            using HttpResponseMessage response = await http.GetAsync(address, cancellationToken);
            string text = await response.Content.ReadAsStringAsync(cancellationToken);
            if (response.IsSuccessStatusCode) return JsonSerializer.Deserialize<UsageReport>(text, ResourceJson.Options)!;
            int code = (int)response.StatusCode == 400 ? ExitCode.Usage : ExitCode.Failure;
            throw new CommandException(Problem(text) ?? $"the platform answered {(int)response.StatusCode}", code);
        }
        catch (HttpRequestException exception)
        {
            throw new CommandException($"the platform does not answer: {exception.Message}", ExitCode.Unreachable, exception);
        }
        catch (TaskCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CommandException(
                $"the platform does not answer within {Timeout.TotalSeconds:0} seconds", ExitCode.Unreachable, exception);
        }
    }

    private static string? Problem(string text)
    {
        try
        {
            return (string?)JsonNode.Parse(text)?["error"];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
