namespace Alignment.Hosting.Devices;

/// <summary>A device that was asked for is not there, or cannot be used; the message says why in one line.</summary>
public sealed class DeviceUnavailableException(string message) : Exception(message);
