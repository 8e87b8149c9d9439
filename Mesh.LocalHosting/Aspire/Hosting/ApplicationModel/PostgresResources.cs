namespace Aspire.Hosting.ApplicationModel;

/// <summary>A PostgreSQL server. Only a deployment has one: on one machine the log is a SQLite file.</summary>
public sealed class PostgresServerResource(string name) : ContainerResource(name);

/// <summary>A database of a <see cref="PostgresServerResource"/>.</summary>
public sealed class PostgresDatabaseResource(string name, string databaseName, PostgresServerResource parent) : Resource(name), IResourceWithConnectionString
{
    public PostgresServerResource Parent => parent;

    public string DatabaseName => databaseName;

    public ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException(
        $"The local engine has no PostgreSQL for '{Name}'. Leave it out (the log is then a SQLite file), or build with -p:UseAspire=true.");
}
