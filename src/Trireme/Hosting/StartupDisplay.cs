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

    /// <summary>Says where everything is.</summary>
    /// <param name="endpoints">The addresses.</param>
    /// <param name="layout">The data folder.</param>
    /// <param name="newKey">The API key, the one time it is shown; null where it is not new.</param>
    /// <param name="signIn">The address that lets one browser into the dashboard.</param>
    /// <param name="service">A service that answers a chat; null where there is none.</param>
    public void Ready(Endpoints endpoints, DataFolderLayout layout, string? newKey, string signIn, string? service)
    {
        // Commands to paste, also for a folder that is not the default one.
        string folder = layout.ForCommands;
        string showKey = $"./trireme key show{folder}";
        output.WriteLine(
            $$"""

            Trireme runs.
              OpenAI base URL  {{endpoints.Gateway}}
              API key          {{newKey ?? showKey}}
              Dashboard        {{signIn}}
                               once; for another link: ./trireme dashboard{{folder}}
              kubectl          export KUBECONFIG={{endpoints.Kubeconfig}}
              Shell            eval "$(./trireme env{{folder}})" sets all of these for clients
              Data folder      {{layout.Root}}

            """);
        if (newKey is not null) output.WriteLine($"The key is shown this once; \"{showKey}\" prints it again.\n");
        if (service is not null)
        {
            output.WriteLine(
                $$"""
                Try it:
                  curl -N {{endpoints.Gateway}}/chat/completions -H "Authorization: Bearer $({{showKey}})" \
                    -H "Content-Type: application/json" \
                    -d '{"model":"{{service}}","stream":true,"messages":[{"role":"user","content":"Tell me a short story about a dog."}]}'

                """);
        }

        output.WriteLine("Ctrl+C ends everything; starting again goes on from here.");
    }
}
