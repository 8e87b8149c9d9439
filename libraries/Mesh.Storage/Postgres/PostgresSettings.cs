using Mesh.Kernel.Settings;
using Npgsql;

namespace Mesh.Storage.Postgres;

/// <summary>
/// Connection strings as the mesh uses them: Npgsql's form, or a <c>postgres://</c> URI; with short time limits where none are given.
/// </summary>
internal static class PostgresSettings
{
    private const int ConnectSeconds = 3, CommandSeconds = 10;

    /// <exception cref="SettingException">It cannot be read. The message does not repeat it.</exception>
    public static (NpgsqlConnectionStringBuilder Settings, string Schema) Parse(string connectionString)
    {
        string text;
        NpgsqlConnectionStringBuilder settings;
        try
        {
            text = IsUri(connectionString) ? FromUri(connectionString) : connectionString;
            settings = new(text);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or UriFormatException)
        {
            throw new SettingException(
                "The connection string 'mesh' is neither Npgsql's form (Host=…;Database=…;Username=…) nor a postgres:// URI.");
        }

        if (string.IsNullOrWhiteSpace(settings.Host)) throw new SettingException("The connection string 'mesh' names no Host.");
        var schema = settings.SearchPath?.Split(',')[0].Trim().Trim('"') is { Length: > 0 } given ? given : PostgresSchema.DefaultName;
        settings.SearchPath = Quote(schema);
        settings.ApplicationName ??= "cdaprod-mesh";
        settings.IncludeErrorDetail = false;
        settings.TcpKeepAlive = true;
        if (!text.Contains("Timeout", StringComparison.OrdinalIgnoreCase))
            (settings.Timeout, settings.CommandTimeout) = (ConnectSeconds, CommandSeconds);
        if (settings.MaxAutoPrepare == 0) settings.MaxAutoPrepare = 20;
        return (settings, schema);
    }

    /// <summary>A name as SQL text.</summary>
    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static bool IsUri(string text) =>
        text.StartsWith("postgres://", StringComparison.Ordinal) || text.StartsWith("postgresql://", StringComparison.Ordinal);

    private static string FromUri(string text)
    {
        var uri = new Uri(text);
        var user = uri.UserInfo.Split(':', 2);
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host,
            Port = uri.Port > 0 ? uri.Port : 5432,
            Database = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/')),
        };
        if (user[0].Length > 0) settings.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length == 2) settings.Password = Uri.UnescapeDataString(user[1]);
        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            settings[Uri.UnescapeDataString(parts[0])] = parts.Length == 2 ? Uri.UnescapeDataString(parts[1]) : "";
        }

        return settings.ConnectionString;
    }
}
