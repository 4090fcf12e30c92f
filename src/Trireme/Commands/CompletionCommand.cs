using System.CommandLine;

namespace Trireme.Commands;

internal static class CompletionCommand
{
    private const string Bash =
        """
        # Add to ~/.bashrc: source <(trireme completion bash)
        _trireme() {
          local word="${COMP_WORDS[COMP_CWORD]}" line="${COMP_LINE:0:COMP_POINT}" words
          words="$("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null)"
          [[ $word == -* ]] || words="$(grep -v '^-' <<<"$words")"
          mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
        }
        complete -o default -F _trireme trireme
        complete -o default -F _trireme ./trireme
        """;

    private const string Zsh =
        """
        # Add to ~/.zshrc, below compinit: source <(trireme completion zsh)
        _trireme() {
          local -a suggestions
          suggestions=("${(@f)$("${words[1]}" "[suggest:${#LBUFFER}]" "$LBUFFER" 2>/dev/null)}")
          [[ $PREFIX == -* ]] || suggestions=(${suggestions:#-*})
          compadd -- $suggestions
          _files
        }
        compdef _trireme trireme
        """;

    private const string Fish =
        """
        # Save as ~/.config/fish/completions/trireme.fish
        function __trireme
          set -l line (commandline -cp)
          trireme "[suggest:"(string length -- $line)"]" "$line" 2>/dev/null
        end
        complete -c trireme -a '(__trireme)'
        """;

    public static Command Create()
    {
        Argument<string> shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish." }.OneOf("bash", "zsh", "fish");
        var command = new Command("completion", "Print the script that completes this command line in a shell.") { shell };
        command.SetAction(parsed =>
        {
            Console.WriteLine(parsed.GetValue(shell) switch
            {
                "bash" => Bash,
                "zsh" => Zsh,
                _ => Fish,
            });
            return ExitCode.Success;
        });
        return command;
    }
}
