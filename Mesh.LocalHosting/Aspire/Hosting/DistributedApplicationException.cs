namespace Aspire.Hosting;

/// <summary>The application cannot be built or started as described.</summary>
public class DistributedApplicationException(string message) : Exception(message);
