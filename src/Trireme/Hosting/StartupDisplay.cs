using System.Globalization;

namespace Trireme.Hosting;

/// <summary>Tells what the start is doing, and at its end where everything is.</summary>
internal sealed class StartupDisplay(TextWriter output, TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private readonly bool _live = !Console.IsOutputRedirected;

    private string? _shown;

    /// <summary>Shows what is being waited for; the next call replaces it on a terminal.</summary>
    public void Doing(string what)
    {
        if (what == _shown) return;
        _shown = what;
        output.Write(_live ? $"\r{what} ...\u001b[K" : $"{what} ...\n");
    }

    public void Done(string what)
    {
        string seconds = time.GetElapsedTime(_start).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        output.Write(_live ? $"\r{what} ({seconds} s)\u001b[K\n" : $"{what} ({seconds} s)\n");
    }

    public void Ready(Endpoints endpoints, DataFolderLayout layout, string? service)
    {
        output.WriteLine(
            $$"""

            Trireme runs.
              OpenAI base URL  {{endpoints.Gateway}}
              API key          {{endpoints.ApiKey}}
              Dashboard        {{endpoints.Dashboard}}
              kubectl          export KUBECONFIG={{endpoints.Kubeconfig}}
              Data folder      {{layout.Root}}

            """);
        if (service is not null)
        {
            output.WriteLine(
                $$"""
                Try it:
                  curl -N {{endpoints.Gateway}}/chat/completions -H "Authorization: Bearer {{endpoints.ApiKey}}" \
                    -H "Content-Type: application/json" \
                    -d '{"model":"{{service}}","stream":true,"messages":[{"role":"user","content":"Tell me a short story about a dog."}]}'

                """);
        }

        output.WriteLine("Ctrl+C ends everything; starting again goes on from here.");
    }
}
