using System.Text;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Storage;

namespace Trireme.ApiServer.Security;

/// <summary>
/// Kubernetes' static token file: one user a line as token,user,uid and optionally a fourth column of groups, which is
/// quoted where it holds several: <c>31ada4fd,ann,7,"dev,ops"</c>.
/// </summary>
public static class TokenFile
{
    private const int LeastColumns = 3;

    /// <summary>Reads a file of users.</summary>
    /// <exception cref="InvalidDataException">A line does not say whose token it is; the message names file and line.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static StaticTokenAuthenticator Read(string path) => new(Parse(SmallFile.ReadAllText(path), path));

    internal static IReadOnlyDictionary<string, UserInfo> Parse(string text, string path)
    {
        var users = new Dictionary<string, UserInfo>();
        int number = 0;
        foreach (string line in text.Split('\n'))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            List<string> columns = Columns(line.TrimEnd('\r'))
                ?? throw Fault(path, number, "a quotation mark is not closed or stands inside a column");
            if (columns.Count < LeastColumns) throw Fault(path, number, "a line is token,user,uid and optionally \"group,group\"");
            if (columns[0].Length == 0 || columns[1].Length == 0) throw Fault(path, number, "token and user must not be empty");
            var user = new UserInfo
            {
                Name = columns[1],
                Uid = columns[2].Length > 0 ? columns[2] : null,
                Groups = columns.Count > LeastColumns ? columns[LeastColumns].Split(',', SplitOptions) : [],
            };
            if (!users.TryAdd(columns[0], user)) throw Fault(path, number, "the token is another user's already");
        }

        return users;
    }

    private static StringSplitOptions SplitOptions => StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;

    /// <summary>The columns of a line; null where its quotation marks do not fit together.</summary>
    private static List<string>? Columns(string line)
    {
        var columns = new List<string>();
        var column = new StringBuilder();
        bool quoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (quoted && c == '"' && i + 1 < line.Length && line[i + 1] == '"') column.Append(line[++i]);
            else if (quoted && c == '"') quoted = false;
            else if (!quoted && c == '"' && column.Length == 0) quoted = true;
            else if (!quoted && c == '"') return null;
            else if (!quoted && c == ',') Take();
            else column.Append(c);
        }

        Take();
        return quoted ? null : columns;

        void Take()
        {
            columns.Add(column.ToString().Trim());
            column.Clear();
        }
    }

    private static InvalidDataException Fault(string path, int line, string problem) =>
        new($"{path}, line {line}: {problem}.");
}
