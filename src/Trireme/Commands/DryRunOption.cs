using System.CommandLine;
using System.CommandLine.Parsing;

namespace Trireme.Commands;

/// <summary>How much of an apply is done.</summary>
internal enum DryRun
{
    /// <summary>All of it.</summary>
    None,

    /// <summary>The server does all but store.</summary>
    Server,

    /// <summary>This command checks what it knows, and asks nobody.</summary>
    Client,
}

/// <summary>kubectl's option, by which a bare --dry-run means the server's, as that one checks all there is to check.</summary>
internal sealed class DryRunOption : Option<string>
{
    private static readonly string[] Words = ["none", "server", "client"];

    public DryRunOption()
        : base("--dry-run")
    {
        Description = "Store nothing: the server checks everything, or with --dry-run=client this command what it knows by itself.";
        HelpName = "server|client";
        Arity = ArgumentArity.ZeroOrOne;
        this.OneOf(Words);
    }

    public DryRun Of(ParseResult parsed) => Of(parsed.GetResult(this));

    /// <summary>The same for a validator, which also sees words that are refused.</summary>
    public DryRun Of(CommandResult command) => Of(command.GetResult(this));

    private static DryRun Of(OptionResult? result) => result switch
    {
        null or { Implicit: true } => DryRun.None,
        { Tokens: [] } => DryRun.Server,
        { Tokens: [var word, ..] } => (DryRun)Math.Max(0, Array.IndexOf(Words, word.Value)),
    };
}
