namespace Trireme.Testing;

/// <summary>A command line of the program, or of kubectl, as a page shows it in a shell block.</summary>
public sealed record DocumentedCommand(string Page, int Line, string Text)
{
    private const string Own = "./trireme ";
    private const string Kubectl = "kubectl ";

    /// <summary>All command lines of the README and the pages under docs.</summary>
    public static IReadOnlyList<DocumentedCommand> All { get; } =
    [
        .. Directory.EnumerateFiles(Repository.PathOf("docs"), "*.md")
            .Append(Repository.PathOf("README.md"))
            .Order(StringComparer.Ordinal)
            .SelectMany(Read),
    ];

    /// <summary>True for a command of kubectl.</summary>
    public bool IsKubectl => Text.StartsWith(Kubectl, StringComparison.Ordinal);

    /// <summary>The arguments, quotes resolved, without comment, redirection and background sign.</summary>
    public IReadOnlyList<string> Arguments
    {
        get
        {
            var arguments = new List<string>();
            string[] quoted = Text[(IsKubectl ? Kubectl : Own).Length..].Split('"');
            for (int i = 0; i < quoted.Length; i++)
            {
                // Every second part stood in quotes and is one argument.
                if (i % 2 == 1) arguments.Add(quoted[i]);
                else arguments.AddRange(Words(quoted[i]));
            }

            return arguments;
        }
    }

    public override string ToString() => $"{Page}:{Line} {Text}";

    private static IEnumerable<string> Words(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries).TakeWhile(word => word is not ("#" or ">" or "&" or "|"));

    private static IEnumerable<DocumentedCommand> Read(string path)
    {
        bool shell = false;
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                shell = line == "```sh";
            }
            else if (shell && (line.StartsWith(Own, StringComparison.Ordinal) || line.StartsWith(Kubectl, StringComparison.Ordinal)))
            {
                yield return new DocumentedCommand(Path.GetFileName(path), number, line);
            }
        }
    }
}
