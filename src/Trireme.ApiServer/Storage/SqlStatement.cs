using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Trireme.ApiServer.Storage;

/// <summary>A prepared statement with the parameters @0, @1 and so on.</summary>
internal sealed class SqlStatement : IDisposable
{
    private readonly SqliteCommand _command;

    public SqlStatement(SqliteConnection connection, string sql, int parameters)
    {
        _command = connection.CreateCommand();
#pragma warning disable CA2100 // Every statement is a constant of this project; values travel as parameters.
        _command.CommandText = sql;
#pragma warning restore CA2100
        for (int i = 0; i < parameters; i++)
        {
            SqliteParameter parameter = _command.CreateParameter();
            parameter.ParameterName = string.Create(CultureInfo.InvariantCulture, $"@{i}");
            _command.Parameters.Add(parameter);
        }
    }

    public int Execute(params ReadOnlySpan<object> values) => Bind(values).ExecuteNonQuery();

    public long? Number(params ReadOnlySpan<object> values) => Bind(values).ExecuteScalar() as long?;

    public SqliteDataReader Query(params ReadOnlySpan<object> values) => Bind(values).ExecuteReader();

    public void Dispose() => _command.Dispose();

    private SqliteCommand Bind(ReadOnlySpan<object> values)
    {
        for (int i = 0; i < values.Length; i++) _command.Parameters[i].Value = values[i];
        return _command;
    }
}
